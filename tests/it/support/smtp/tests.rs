//! The mail server, spoken to by the mailer that the worker uses and by hand.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor, message::MultiPart,
    transport::smtp::PoolConfig,
};

use super::*;

type Mailer = AsyncSmtpTransport<Tokio1Executor>;

fn mailer(smtp: &Smtp) -> Mailer {
    Mailer::builder_dangerous(smtp.host())
        .port(smtp.port())
        .timeout(Some(Duration::from_millis(700)))
        .pool_config(PoolConfig::new().max_size(1))
        .build()
}

fn reminder(text: &str) -> lettre::Message {
    lettre::Message::builder()
        .message_id(Some("<reminder-1@charity.test>".to_owned()))
        .from("Tributary <tributary@charity.test>".parse().unwrap())
        .to("Grants Officer <officer@charity.test>".parse().unwrap())
        .subject("Due in 7 days – £1,200")
        .multipart(MultiPart::alternative_plain_html(
            text.to_owned(),
            format!("<p>{text}</p>"),
        ))
        .unwrap()
}

/// The mailer's own timeout is for connecting only: whoever sends must bound the rest, as here.
async fn send(mailer: &Mailer) -> Result<u16, Option<u16>> {
    let sending = mailer.send(reminder("It is due."));
    match tokio::time::timeout(Duration::from_millis(700), sending).await {
        Ok(Ok(reply)) => Ok(reply.code().into()),
        Ok(Err(error)) => Err(error.status().map(u16::from)),
        Err(_) => Err(None),
    }
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let smtp = Smtp::start().await;
    // A line that is a dot, one that begins with one, and letters beyond ASCII.
    let text = "Due: £1,200\n.\n..and\n.hidden https://charity.test/returns/1";
    mailer(&smtp).send(reminder(text)).await.unwrap();

    let mails = smtp.wait_for(1).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].from, "tributary@charity.test");
    assert_eq!(mails[0].to, ["officer@charity.test"]);
    assert_eq!(mails[0].message_id(), "<reminder-1@charity.test>");
    assert_eq!(mails[0].subject(), "Due in 7 days – £1,200");
    assert_eq!(mails[0].text().trim_end(), text);
    assert!(mails[0].html().contains("<p>Due: £1,200"));
    assert_eq!(mails[0].links(), ["https://charity.test/returns/1"]);
    assert!(mails[0].acknowledged);
    assert_eq!(smtp.messages_to("OFFICER@charity.test").len(), 1);
    assert!(smtp.messages_to("trustee@charity.test").is_empty());
}

#[tokio::test]
async fn each_transaction_meets_the_next_fault() {
    let smtp = Smtp::start().await;
    let faults = [
        (Fault::RefuseRecipient(550), Some(550), 0),
        (Fault::RefuseData(451), Some(451), 0),
        (Fault::RefuseMessage(451), Some(451), 0),
        (Fault::DieBeforeDot, None, 0),
        (Fault::HangAtMail, None, 0),
        // The sender is told nothing, and yet we have the mail: one more each.
        (Fault::DieAfterDot, None, 1),
        (Fault::HangAfterDot, None, 2),
    ];
    smtp.fail_next(faults.map(|(fault, ..)| fault));
    for (fault, code, kept) in faults {
        // A mailer of its own each, for a connection that is not worn by the fault before.
        assert_eq!(
            send(&mailer(&smtp)).await,
            Err(code),
            "{fault:?}\n{}",
            smtp.transcript()
        );
        assert_eq!(smtp.messages().len(), kept, "{fault:?}");
    }
    assert_eq!(smtp.faults_left(), 0);
    assert!(smtp.messages().iter().all(|mail| !mail.acknowledged));

    assert_eq!(send(&mailer(&smtp)).await, Ok(250));
    let last = smtp.messages().pop().unwrap();
    assert!(last.acknowledged);
    assert_eq!(last.message_id(), smtp.messages()[0].message_id());
}

#[tokio::test]
async fn a_server_that_is_away_refuses_and_comes_back_on_its_port() {
    let smtp = Smtp::start().await;
    let mailer = mailer(&smtp);
    assert_eq!(send(&mailer).await, Ok(250));

    smtp.go_away().await;
    let refused = TcpStream::connect(smtp.address()).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(send(&mailer).await, Err(None));

    smtp.come_back();
    assert_eq!(send(&mailer).await, Ok(250));
    assert_eq!(smtp.messages().len(), 2);
}

/// Sends all lines at once and returns the replies' first lines' codes up to QUIT's.
async fn converse(smtp: &Smtp, lines: &str) -> Vec<String> {
    let mut stream = TcpStream::connect(smtp.address()).await.unwrap();
    stream.write_all(lines.as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    said.lines()
        .filter(|line| line.as_bytes().get(3) == Some(&b' '))
        .map(|line| line[..3].to_owned())
        .collect()
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let smtp = Smtp::start().await;
    let codes = converse(
        &smtp,
        "EHLO a\r\nMAIL FROM:<> SIZE=9\r\nRCPT TO:<a@b>\r\nrcpt to:<c@d>\r\nDATA\r\n\
         Subject: x\r\n\r\n.\n..\r\n.\r\nNOOP\r\nRSET\r\nQUIT\r\n",
    )
    .await;
    let expected = [
        "220", "250", "250", "250", "250", "354", "250", "250", "250", "221",
    ];
    assert_eq!(codes, expected, "{}", smtp.transcript());
    let mails = smtp.messages();
    assert_eq!((mails[0].from.as_str(), mails[0].to.len()), ("", 2));
    // A dot before a bare line feed ends nothing.
    assert_eq!(mails[0].raw, b"Subject: x\r\n\r\n\n.\r\n");
}

#[tokio::test]
async fn commands_out_of_order_are_refused() {
    let smtp = Smtp::start().await;
    let codes = converse(
        &smtp,
        "MAIL FROM:<a@b>\r\nHELO a\r\nRCPT TO:<a@b>\r\nDATA\r\nMAIL FROM:a\r\n\
         MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\nRCPT TO:<>\r\nDATA\r\nBOO\r\nQUIT\r\n",
    )
    .await;
    let expected = [
        "220", "503", "250", "503", "503", "501", "250", "503", "501", "554", "500", "221",
    ];
    assert_eq!(codes, expected, "{}", smtp.transcript());
    assert!(smtp.messages().is_empty());
}

#[tokio::test]
async fn one_connection_carries_many_mails_and_meets_one_fault_each() {
    let smtp = Smtp::start().await;
    smtp.fail_next([Fault::None, Fault::RefuseMessage(451)]);
    let mail = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n";
    let codes = converse(&smtp, &format!("EHLO a\r\n{mail}{mail}{mail}QUIT\r\n")).await;
    let expected = [
        "220", "250", "250", "250", "354", "250", "250", "250", "354", "451", "250", "250", "354",
        "250", "221",
    ];
    assert_eq!(codes, expected, "{}", smtp.transcript());
    assert_eq!(smtp.messages().len(), 2);
}
