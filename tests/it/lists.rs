//! Lists are narrowed and taken away as they are shown: the rows of the page, under their headings, as CSV and as a
//! workbook.

use std::io::Cursor;

use calamine::{Reader as _, Xlsx};
use entity::Role;
use serde_json::{Value, json};

use crate::on_both;
use crate::returns::story::Story;
use crate::spend_pages::{furnished, loads};
use crate::support::house::House;
use crate::support::pages::open;
use crate::support::visitor::Visitor;

const DEADLINES: &str =
    "what,kind,award,funder,due_on,due_at,overdue,state,answers_missing,waits_for,id";
const RETURNS: &str = "return,award,funder,period_from,period_to,state,due_on,due_at,overdue,answers_missing,\
                       waits_for,id";
const LINES: &str = "on,who,description,category,pool,capital_or_revenue,amount_pounds,whole_line_pounds,\
                     ledger_reference,file,row";
const AWARDS: &str = "reference,title,programme,funder,starts_on,ends_on,amount_pounds,confirmed_pounds,\
                      attributed_pounds,left_pounds,suspended_from,closed_on,id";
const IMPORTS: &str = "file,profile,period_from,period_to,state,control_total_pounds,rows,loaded_rows,\
                       loaded_pounds,set_aside_rows,set_aside_pounds,faulty_rows,brought_at,accepted_at,sha256,id";
const POOLS: &str = "pool,agreed_pounds,spend_pounds,attributed_pounds,not_covered_pounds,held_by,funders,\
                     left_pounds,not_used_pounds,id";
const PROGRAMMES: &str =
    "name,funder,smallest_pounds,largest_pounds,opens_on,closes_on,closes_at,standing,id";

/// The rows of a list's file under this heading. As a workbook it has as many.
async fn rows(who: &Visitor, path: &str, heading: &str) -> Vec<String> {
    let csv = who.get(path).await.expect(200);
    assert!(csv.header("content-type").starts_with("text/csv"), "{path}");
    let mut lines = csv.text.lines().map(str::to_owned);
    assert_eq!(lines.next().as_deref(), Some(heading), "{path}");
    let lines: Vec<String> = lines.collect();
    let (file, query) = path.split_once(".csv").expect("a file");
    let book = who.get(&format!("{file}.xlsx{query}")).await.expect(200);
    let mut book = Xlsx::new(Cursor::new(book.bytes)).expect("a workbook");
    let sheet = book
        .worksheet_range_at(0)
        .expect("a sheet")
        .expect("its cells");
    assert_eq!(sheet.height(), lines.len() + 1, "{path}");
    lines
}

fn award(house: &House, reference: &str, title: &str, first: &str, last: &str) -> Value {
    json!({
        "reference": reference, "title": title, "programme": "Places", "funder_id": house.funder_b,
        "holder_id": house.council, "accountable_body_id": house.council, "amount_pence": 90_000_00,
        "starts_on": first, "ends_on": last, "nation": "england", "pays_for": "both",
        "legal_basis": "grant-agreement", "lost_if_unspent": true,
    })
}

on_both! {
    async fn what_is_due_is_narrowed_by_whom_it_waits_for_by_funder_and_by_kind(house: &House) {
        let mut story = Story::begin(house, None).await;
        story.drafted().await;
        let officer = &story.officer;
        let award = open(officer, "/awards").await.link("Recovery grant (SMRRS-26-014)");
        let conditions = format!("{award}/conditions");
        let form = open(officer, &format!("{conditions}/new")).await.form(&conditions);
        form.fill("title", "Send the signed agreement").fill("passage", "A signed copy reaches us.")
            .fill("written_where", "Award letter, paragraph 7").fill("kind", "before-payment")
            .fill("due_on", "8/2/2027").send(officer).await.expect(303);

        let of = async |query: &str| {
            rows(officer, &format!("/deadlines/deadlines.csv{query}"), DEADLINES).await
        };
        let all = of("").await;
        let condition = of("?kind=condition").await;
        assert_eq!(condition.len(), 1, "{condition:?}");
        let begins = "Send the signed agreement,condition,Recovery grant,Department for Recovery,2027-02-08,";
        assert!(condition[0].starts_with(begins), "{condition:?}");
        let returns = of("?kind=return").await;
        assert_eq!(returns.len() + 1, all.len(), "{all:?}");
        assert!(returns.iter().all(|row| row.contains(",return,")), "{returns:?}");
        assert_eq!(of(&format!("?funder={}", house.funder_a)).await, all);
        assert_eq!(of(&format!("?funder={}", house.funder_b)).await, Vec::<String>::new());

        // by whom it waits for: a person, or what people do
        let person = |visitor: &Visitor| visitor.invited.expect("somebody").person_id;
        let me = person(officer);
        let mine = of(&format!("?who={me}")).await;
        assert_eq!(mine.len(), 1, "{mine:?}");
        assert!(mine[0].contains("October to December 2026") && mine[0].contains("who prepares it"), "{mine:?}");
        assert_eq!(of("?who=preparer").await, mine);
        assert_eq!(of("?who=nobody").await, condition);
        let later = of("?who=period").await;
        assert!(later.iter().all(|row| row.contains(",its period to end,")), "{later:?}");
        assert_eq!(all.len(), mine.len() + condition.len() + later.len());
        for none in [format!("?who={}", person(&story.trustee)), "?kind=return&who=nobody".to_owned()] {
            assert_eq!(of(&none).await, Vec::<String>::new(), "{none}");
        }
        assert_eq!(of(&format!("?state=all&kind=return&funder={}&who={me}", house.funder_a)).await, mine);

        // the page has the same filters, says what is lacking, and hands over what it shows
        let page = open(officer, &format!("/deadlines?kind=return&who={me}")).await;
        page.says("answers missing").says("1 shown, by what needs attention");
        let form = page.form("/deadlines#list");
        let me = me.to_string();
        assert_eq!((form.value("who"), form.value("kind")), (Some(me.as_str()), Some("return")));
        assert!(form.choices("who").contains(&"nobody") && form.choices("kind").contains(&"condition"));
        assert!(form.choices("funder").contains(&house.funder_a.to_string().as_str()));
        let file = page.link("These deadlines (CSV)");
        assert_eq!(file, format!("/deadlines/deadlines.csv?who={me}&kind=return"));
        assert_eq!(rows(officer, &file, DEADLINES).await, mine);
        page.says("These deadlines (XLSX)");
        open(officer, "/deadlines?kind=decision").await.says("No deadline fits these choices");

        // a funder's officer takes the dates that they are shown
        let dates = rows(&story.funder, "/deadlines/deadlines.csv", "what,due_on,overdue").await;
        assert!(dates.iter().any(|row| row.contains("October to December 2026")), "{dates:?}");
        let none = rows(&story.other_funder, "/deadlines/deadlines.csv", "what,due_on,overdue").await;
        assert_eq!(none, Vec::<String>::new());
    }

    async fn returns_and_the_lines_behind_a_figure_are_taken_away(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await.replace("/api/v1", "");
        let officer = &story.officer;
        let of = async |query: &str| rows(officer, &format!("/returns/returns.csv{query}"), RETURNS).await;
        let drafted = of("?state=drafted").await;
        assert_eq!(drafted.len(), 1, "{drafted:?}");
        assert!(drafted[0].contains("October to December 2026") && drafted[0].contains(",Recovery grant,"));
        assert!(of("").await.contains(&drafted[0]));
        assert_eq!(of("?state=accepted").await, Vec::<String>::new());
        assert_eq!(of(&format!("?state=drafted&funder={}", house.funder_b)).await, Vec::<String>::new());
        let page = open(officer, &format!("/returns?state=drafted&funder={}", house.funder_a)).await;
        let file = page.link("These returns (CSV)");
        assert_eq!(rows(officer, &file, RETURNS).await, drafted);
        // nothing was sent to the funder yet
        assert_eq!(rows(&story.funder, "/returns/returns.csv", RETURNS).await, Vec::<String>::new());

        let figure = format!("{at}/figures/finances.menu.c.this");
        let file = open(officer, &figure).await.link("All of these lines (CSV)");
        assert_eq!(file, format!("{figure}/lines.csv"));
        let lines = rows(officer, &file, LINES).await;
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.iter().all(|row| row.contains(",q1.csv,")), "{lines:?}");
        story.trustee.get(&file).await.expect(403);
        open(&story.trustee, &figure).await.does_not_say("All of these lines");
        story.funder.get(&file).await.expect(403);
    }

    async fn awards_are_found_by_words_by_funder_and_by_where_they_stand(house: &House) {
        let officer = house.grants_officer().await;
        for new in [
            award(house, "LF/1", "A place to belong", "2026-04-01", "2027-03-31"),
            award(house, "LF/2", "A garden", "2027-04-01", "2028-03-31"),
        ] {
            officer.post("/api/v1/awards", &new).await.expect(201);
        }
        let of = async |query: &str| {
            let found = rows(&officer, &format!("/awards/awards.csv{query}"), AWARDS).await;
            let titles = found.iter().filter_map(|row| row.split(',').nth(1)).map(str::to_owned);
            titles.collect::<Vec<String>>()
        };
        assert_eq!(of("").await, ["A place to belong", "A garden", "Early help"]);
        assert_eq!(of("?q=LANTERN+place").await, ["A place to belong", "A garden"]);
        assert_eq!(of("?q=belong+lf").await, ["A place to belong"]);
        assert_eq!(of(&format!("?funder={}", house.council)).await, ["Early help"]);
        assert_eq!(of("?state=runs").await, ["A place to belong"]);
        assert_eq!(of("?state=to-come").await, ["A garden"]);
        assert_eq!(of("?state=ended").await, ["Early help"]);
        for state in ["closed", "suspended"] {
            assert_eq!(of(&format!("?state={state}")).await, Vec::<String>::new(), "{state}");
        }
        let page = open(&officer, &format!("/awards?q=garden&funder={}", house.funder_b)).await;
        page.says("A garden (LF/2)").does_not_say("A place to belong").says("None of these runs today.");
        assert_eq!(page.form("/awards#list").value("q"), Some("garden"));
        let file = page.link("These awards (CSV)");
        assert_eq!(file, format!("/awards/awards.csv?q=garden&funder={}", house.funder_b));
        assert_eq!(rows(&officer, &file, AWARDS).await.len(), 1);
        open(&officer, "/awards?q=nowhere").await.says("No award fits these choices").does_not_say("A garden");
        // a funder's officer finds their own, and chooses among no others
        let funder = house.funder(house.funder_b).await;
        assert_eq!(rows(&funder, "/awards/awards.csv", AWARDS).await.len(), 2);
        assert_eq!(rows(&funder, "/awards/awards.csv?q=early", AWARDS).await.len(), 0);
        open(&funder, "/awards").await.does_not_say("Estuary County Council");
    }

    async fn other_lists_are_taken_away_as_they_are_shown(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let worker = house.worker(None);
        let (_, layout) = furnished(&officer, &finance, house).await;
        open(&finance, "/imports").await.says("No spend has been loaded yet");
        let file = "1,1,02/09/2026,1.00,care,Acorn\n";
        loads(&finance, &layout, "September 2026", "1", Some(file)).await.expect(303);
        house.settle(&worker).await;

        let found = rows(&finance, "/imports/imports.csv?state=ready", IMPORTS).await;
        assert!(found.len() == 1 && found[0].starts_with("september.csv,Council ledger,2026-09-01,"), "{found:?}");
        assert_eq!(rows(&finance, "/imports/imports.csv", IMPORTS).await, found);
        assert_eq!(rows(&finance, "/imports/imports.csv?state=accepted", IMPORTS).await.len(), 0);
        let page = open(&finance, "/imports?state=ready").await;
        assert_eq!(page.link("These files (CSV)"), "/imports/imports.csv?state=ready");
        let page = open(&finance, "/imports?state=accepted").await;
        page.says("No file fits this choice").says("1 file waits for you.").does_not_say("september.csv");
        house.trustee().await.get("/imports/imports.csv").await.expect(403);

        let file = open(&officer, "/pools").await.link("These pools (CSV)");
        let pools = rows(&officer, &file, POOLS).await;
        assert!(pools.len() == 1 && pools[0].starts_with("Recovery,500.00,"), "{pools:?}");
        assert!(pools[0].contains(",Estuary County Council,Department for Recovery,500.00,0.00,"), "{pools:?}");

        let new = json!({"funder_id": house.funder_b, "name": "People in the lead", "stages": ["full"]});
        officer.post("/api/v1/programmes", &new).await.expect(201);
        let page = open(&officer, "/programmes?q=people").await;
        let file = page.link("These programmes (CSV)");
        assert_eq!(file, "/programmes/programmes.csv?q=people");
        let programmes = rows(&officer, &file, PROGRAMMES).await;
        assert!(programmes.len() == 1 && programmes[0].starts_with("People in the lead,The Lantern"), "{programmes:?}");
        assert_eq!(rows(&officer, "/programmes/programmes.csv?standing=closed", PROGRAMMES).await.len(), 0);

        let file = open(&officer, "/organisations").await.link("Every organisation (CSV)");
        let bodies = rows(&officer, &file, "name,kind,org_id,id").await;
        let lantern = "The Lantern Foundation,foundation,GB-CHC-1100002,";
        assert!(bodies.iter().any(|row| row.starts_with(lantern)), "{bodies:?}");
        assert!(bodies.is_sorted(), "{bodies:?}");
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        assert_eq!(rows(&funder, &file, "name,kind,org_id,id").await.len(), 1);

        let file = open(&officer, "/cost-categories").await.link("Every cost category (CSV)");
        let chart = rows(&officer, &file, "name,named_in_files_as,id").await;
        assert!(chart.len() == 2 && chart[0].starts_with("care,care,"), "{chart:?}");
    }
}
