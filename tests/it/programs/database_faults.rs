//! D1, D2 and D3: a full disk, a database that is stopped at once, and one that somebody else locks.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::access::invitations::Invited;
use domain::db::Location;
use entity::{MembershipId, PersonId, Role, SignInLinkId};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;

use super::process::{Founded, Process, within};
use crate::support::house::program;
use crate::support::postgres::{Cluster, Durability};
use crate::support::visitor::{Reply, Visitor};

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

/// Adds an organisation of this number.
async fn add(program: &Visitor, n: u64) -> Result<Reply, reqwest::Error> {
    let body =
        json!({"org_id": format!("GB-COH-{n}"), "name": format!("Body {n}"), "kind": "provider"});
    program.try_post("/api/v1/organisations", &body).await
}

/// Every number that is there.
async fn there(program: &Visitor) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    let mut after = String::new();
    loop {
        let page = program
            .get(&format!("/api/v1/organisations?limit=200{after}"))
            .await
            .expect(200)
            .json();
        for one in page["items"].as_array().unwrap() {
            let number = one["org_id"].as_str().unwrap().strip_prefix("GB-COH-");
            found.extend(number.and_then(|n| n.parse::<u64>().ok()));
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

/// D3: another process holds SQLite's write lock for ten seconds.
#[test]
fn a_locked_sqlite_is_busy_and_recovers() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("house.sqlite"));
        let house = Founded::on(&location).await;
        house.db.close().await.unwrap();
        let serve = Process::start("serve", &location, folder.path());
        let house = Founded {
            db: domain::Db::open(location.clone()).await.unwrap(),
            ..house
        };
        let officer = house
            .person(Role::GrantsOfficer, house.home, &serve.address)
            .await;
        let program = officer.program(&["read", "records"]).await;
        add(&program, 1).await.unwrap().expect(201);

        let other = Database::connect(format!(
            "sqlite:{}",
            folder.path().join("house.sqlite").display()
        ))
        .await
        .unwrap();
        other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
        let locked = Instant::now();
        let (mut busy, mut n) = (0, 10);
        while locked.elapsed() < Duration::from_secs(10) {
            let (one, two, read, page) = tokio::join!(
                add(&program, n),
                add(&program, n + 1),
                program.get("/api/v1/awards"),
                officer.get("/"),
            );
            n += 2;
            for reply in [one.unwrap(), two.unwrap()] {
                assert_eq!(reply.status, 503, "{}", reply.text);
                assert!(
                    !reply.header("retry-after").is_empty(),
                    "it says when to try again"
                );
                busy += 1;
            }
            // Reading goes on meanwhile.
            assert_eq!(
                (read.status, page.status),
                (200, 200),
                "{} {}",
                read.text,
                page.text
            );
        }
        other.execute_unprepared("ROLLBACK").await.unwrap();
        assert!(busy >= 2);
        let took = within(10, "it can be written to again", async || {
            n += 1;
            let reply = add(&program, n).await.unwrap();
            assert!(matches!(reply.status, 201 | 503), "{}", reply.text);
            reply.status == 201
        })
        .await;
        eprintln!("{busy} times busy; written to again after {took:?}");
        assert_eq!(there(&program).await, BTreeSet::from([1, n]));
        house.db.close().await.unwrap();
        let ended = serve.end();
        assert!(ended.status.success(), "{ended:?}");
        assert!(!ended.log.contains("panicked"), "{}", ended.log);
    });
}

/// D2: PostgreSQL is stopped at once under load, and started again.
#[test]
fn a_postgresql_stopped_at_once_loses_nothing_acknowledged() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut cluster = Cluster::start(Durability::Durable);
        let location = Location::Postgres(cluster.url("postgres"));
        let house = Founded::on(&location).await;
        let mut api = Process::start("api", &location, folder.path());
        let mut worker = Process::start("worker", &location, folder.path());
        let officer = house
            .person(Role::GrantsOfficer, house.home, &api.address)
            .await;
        let program = officer.program(&["read", "records"]).await;
        house.db.close().await.unwrap();

        let acknowledged = Mutex::new(BTreeSet::new());
        let statuses: Mutex<BTreeMap<u16, u64>> = Mutex::default();
        let (next, stop) = (AtomicU64::new(1), AtomicBool::new(false));
        let client = async || {
            while !stop.load(Ordering::Relaxed) {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let reply = add(&program, n)
                    .await
                    .expect("the api answers all the time");
                *statuses.lock().unwrap().entry(reply.status).or_default() += 1;
                if reply.status == 201 {
                    acknowledged.lock().unwrap().insert(n);
                } else if reply.status == 429 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                } else {
                    assert_eq!(reply.status, 503, "{}", reply.text);
                    assert!(!reply.header("retry-after").is_empty());
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        };
        let fault = async || {
            for _ in 0..2 {
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                cluster.pull_the_plug();
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                cluster.start_again();
                let healthy = within(10, "it is healthy again", async || {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let written = add(&program, n).await.unwrap();
                    if written.status == 201 {
                        acknowledged.lock().unwrap().insert(n);
                    }
                    let ready = program.get("/health/ready").await;
                    written.status == 201 && ready.status == 200
                })
                .await;
                eprintln!("healthy {healthy:?} after it was started again");
            }
            stop.store(true, Ordering::Relaxed);
        };
        let ((), (), (), (), ()) = {
            let mut fault = fault;
            tokio::join!(fault(), client(), client(), client(), client())
        };
        let (kept, statuses) = (there(&program).await, statuses.lock().unwrap().clone());
        let acknowledged = acknowledged.lock().unwrap().clone();
        eprintln!("{} acknowledged; answers {statuses:?}", acknowledged.len());
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert!(
            acknowledged.len() > 50 && statuses.contains_key(&503),
            "{statuses:?}"
        );
        assert!(api.runs() && worker.runs(), "neither ended");
        for process in [worker, api] {
            let ended = process.end();
            assert!(ended.status.success(), "{ended:?}");
            assert!(!ended.log.contains("panicked"), "{}", ended.log);
        }
        let db = domain::Db::open(location).await.unwrap();
        domain::audit::seal(&db, &house.ctx).await.unwrap();
        assert_eq!(
            domain::checks::run(&db, &house.ctx).await.unwrap().findings,
            []
        );
        db.close().await.unwrap();
    });
}

/// A file system of a few megabytes that only the program and this script see, with its first
/// administrator. `full` fills it up, `free` empties it again; what was done is said in the file
/// `$3`, and the administrator's link in the file `$4`.
const SMALL_DISK: &str = r#"
exec 3<&0 </dev/null
mount -t tmpfs -o size=24m none "$2" || exit 99
"$1" invite ada@example.org --name Ada --role administrator \
  --home-name Harbour --home-org-id GB-CHC-1100001 >"$4" || exit 98
"$1" serve 3<&- & program=$!
trap 'kill -TERM $program' TERM
while read -r word; do
  case $word in
    full) dd if=/dev/zero of="$2/filler" bs=4k 2>/dev/null; echo filled >"$3" ;;
    free) rm -f "$2/filler"; echo freed >"$3" ;;
  esac
done <&3 >/dev/null & listener=$!
wait $program; wait $program
code=$?
kill $listener 2>/dev/null
exit $code
"#;

/// D1: the disk is full. What was acknowledged is there, it answers 503, and recovers by itself.
#[test]
fn a_full_disk_refuses_cleanly_and_recovers() {
    let allowed = Command::new("unshare")
        .args(["-rm", "true"])
        .output()
        .is_ok_and(|tried| tried.status.success());
    if !allowed {
        eprintln!("SKIPPED: this machine lets nobody make a small file system of their own");
        return;
    }
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("disk")).unwrap();
        let location = Location::Sqlite(at("disk").join("house.sqlite"));
        let mut shell = Command::new("unshare");
        shell
            .args(["-rm", "sh", "-c", SMALL_DISK, "small-disk"])
            .args([program(), at("disk"), at("told"), at("link")]);
        let mut serve = Process::begin(shell, "serve", &location, folder.path());
        let link = std::fs::read_to_string(at("link")).unwrap();
        let secret = link
            .split("token=")
            .nth(1)
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap();
        let nobody = Invited {
            person_id: PersonId::new(),
            membership_id: MembershipId::new(),
            link_id: SignInLinkId::new(),
        };
        let administrator = Visitor::sign_in(&serve.address, secret, nobody).await;
        let program = administrator.program(&["read", "records"]).await;

        let mut acknowledged = BTreeSet::new();
        let mut n = 0;
        for _ in 0..20 {
            n += 1;
            add(&program, n).await.unwrap().expect(201);
            acknowledged.insert(n);
        }
        serve.say("full");
        within(20, "the disk is full", async || {
            std::fs::read_to_string(at("told")).is_ok_and(|told| told.trim() == "filled")
        })
        .await;
        // The log may have a little room of its own still; then every write is refused.
        let mut refused = 0;
        while refused < 5 {
            n += 1;
            assert!(n < 20_000, "it is never full");
            let reply = add(&program, n).await.unwrap();
            match reply.status {
                201 => {
                    acknowledged.insert(n);
                }
                503 => {
                    assert!(!reply.header("retry-after").is_empty(), "{}", reply.text);
                    refused += 1;
                }
                // We ask faster than one address may.
                429 => tokio::time::sleep(Duration::from_millis(500)).await,
                status => panic!("{status}: {}", reply.text),
            }
        }
        assert_eq!(
            there(&program).await,
            acknowledged,
            "what was acknowledged, and nothing else"
        );
        administrator.get("/").await.expect(200);
        serve.say("free");
        let took = within(10, "it can be written to again", async || {
            n += 1;
            let reply = add(&program, n).await.unwrap();
            assert!(matches!(reply.status, 201 | 429 | 503), "{}", reply.text);
            if reply.status == 201 {
                acknowledged.insert(n);
            }
            reply.status == 201
        })
        .await;
        eprintln!("written to again after {took:?}");
        assert_eq!(there(&program).await, acknowledged);
        let ended = serve.end();
        assert!(ended.status.success(), "{ended:?}");
        assert!(!ended.log.contains("panicked"), "{}", ended.log);
    });
}
