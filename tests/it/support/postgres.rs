//! A real PostgreSQL for tests: a fresh database for each, cloned from one migrated template.
//!
//! Under `tests/run` there is one throwaway cluster for the whole run, named by
//! `TRIBUTARY_TEST_POSTGRES` (an address of its maintenance database). Without that variable the
//! process starts a cluster of its own, once. Either way nothing stays: `cluster.sh` holds the
//! server and stops it when its input ends, which happens however this process ends.
//!
//! ```ignore
//! let database = postgres::database(|url| async move { migrate(&url).await }).await;
//! connect(database.url()).await;
//! ```

use std::{
    collections::hash_map::DefaultHasher,
    future::Future,
    hash::{Hash, Hasher},
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, query_scalar};

const ADDRESS: &str = "TRIBUTARY_TEST_POSTGRES";

/// Any number that nobody else uses: whoever holds it is making the template.
const TEMPLATE_LOCK: i64 = 0x7472_6962;

/// What a cluster promises when it is stopped at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing is forced to disk: fast, and right for every test that pulls no plug.
    Relaxed,
    /// As in production. For fault tests.
    Durable,
}

/// A cluster of our own, gone when this is dropped or the process ends.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    keeper: Child,
}

impl Cluster {
    /// Makes and starts a cluster. Takes a second or two, most of it `initdb`.
    pub fn start(durability: Durability) -> Self {
        // The port is free when we look, and another process may take it before PostgreSQL does.
        let mut reason = String::new();
        for _ in 0..5 {
            match Self::try_start(durability) {
                Ok(cluster) => return cluster,
                Err(why) => reason = why,
            }
        }
        panic!("no PostgreSQL for the tests: {reason}");
    }

    fn try_start(durability: Durability) -> Result<Self, String> {
        let binaries = newest_binaries()
            .ok_or("PostgreSQL is not installed (`tests/run install` installs it)")?;
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| error.to_string())?
            .port();
        // PostgreSQL refuses to run as root, and its user cannot reach our folders: the script
        // goes in as text, and the folder is made by the user that will own it.
        let mut command = as_unprivileged("sh");
        command
            .arg("-c")
            .arg(concat!(
                "dir=$(mktemp -d /tmp/tributary-postgres-XXXXXX) || exit 1\n",
                "set -- \"$1\" \"$dir\" \"$2\" \"$3\"\n",
                include_str!("cluster.sh"),
            ))
            .arg("cluster.sh")
            .arg(&binaries)
            .arg(port.to_string())
            .arg(match durability {
                Durability::Relaxed => "relaxed",
                Durability::Durable => "durable",
            })
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Out of our group: a runner that kills the group must leave the keeper to clear up.
            .process_group(0);
        let mut keeper = command.spawn().map_err(|error| error.to_string())?;
        let mut cluster = Self {
            port,
            words: keeper.stdin.take(),
            answers: BufReader::new(keeper.stdout.take().ok_or("no output from the keeper")?),
            keeper,
        };
        cluster.expect("ready")?;
        Ok(cluster)
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{port}/{database}",
            port = self.port
        )
    }

    /// Stops the server at once, as if the power had failed: what was not on disk is gone.
    pub fn pull_the_plug(&mut self) {
        self.say("stop")
            .and_then(|()| self.expect("stopped"))
            .unwrap();
    }

    /// Starts it again on the same data and port, recovering as PostgreSQL does.
    pub fn start_again(&mut self) {
        self.say("start")
            .and_then(|()| self.expect("ready"))
            .unwrap();
    }

    fn say(&mut self, word: &str) -> Result<(), String> {
        let words = self.words.as_mut().ok_or("the keeper is gone")?;
        writeln!(words, "{word}").map_err(|error| error.to_string())
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .map_err(|error| error.to_string())?;
        match answer.trim_end() {
            said if said == wanted => Ok(()),
            "" => Err("the keeper of the cluster ended without a word".to_owned()),
            said => Err(said.to_owned()),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.words = None;
        self.keeper.wait().ok();
    }
}

/// A database of a test's own, removed when this is dropped.
#[derive(Debug)]
pub struct Database {
    url: String,
    name: String,
}

impl Database {
    /// Where it is, as `DATABASE_URL` would say it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A runtime may be running on this thread, and may be ending: the removal has its own.
        let name = self.name.clone();
        let removed = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(async {
                    let mut maintenance = connect(&maintenance_url()).await;
                    run(
                        &mut maintenance,
                        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                    )
                    .await;
                    maintenance.close().await.ok();
                });
        })
        .join();
        if removed.is_err() && !std::thread::panicking() {
            panic!("the test's database {} could not be removed", self.name);
        }
    }
}

/// A fresh database, cloned from a template that `migrate` filled once for this test binary.
///
/// `migrate` gets the template's address and must have closed its connections when it returns.
pub async fn database<F, Done>(migrate: F) -> Database
where
    F: FnOnce(String) -> Done,
    Done: Future<Output = ()>,
{
    clone_of(&format!("template_{:016x}", this_binary()), migrate).await
}

/// As [`database`], from a template of the given name: for tests that need another schema.
pub async fn clone_of<F, Done>(template: &str, migrate: F) -> Database
where
    F: FnOnce(String) -> Done,
    Done: Future<Output = ()>,
{
    let mut maintenance = connect(&maintenance_url()).await;
    make_template(&mut maintenance, template, migrate).await;
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    run(
        &mut maintenance,
        format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    maintenance.close().await.unwrap();
    Database {
        url: at(&maintenance_url(), &name),
        name,
    }
}

/// The template, made by the first to come, of all processes that share the cluster.
async fn make_template<F, Done>(maintenance: &mut PgConnection, template: &str, migrate: F)
where
    F: FnOnce(String) -> Done,
    Done: Future<Output = ()>,
{
    let ready = format!(
        "SELECT EXISTS (SELECT FROM pg_database WHERE datname = '{template}' AND datistemplate)"
    );
    if ask(maintenance, &ready).await {
        return;
    }
    run(
        maintenance,
        format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"),
    )
    .await;
    if !ask(maintenance, &ready).await {
        // One that is there and not marked was left half made by a process that died.
        run(
            maintenance,
            format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)"),
        )
        .await;
        run(
            maintenance,
            format!("CREATE DATABASE {template} TEMPLATE template0"),
        )
        .await;
        migrate(at(&maintenance_url(), template)).await;
        // Cloning waits for the template to have no connections, so it takes none from now on.
        run(
            maintenance,
            format!("ALTER DATABASE {template} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"),
        )
        .await;
    }
    run(
        maintenance,
        format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"),
    )
    .await;
}

/// The cluster of this run, or our own.
fn maintenance_url() -> String {
    static OURS: OnceLock<Cluster> = OnceLock::new();
    match std::env::var(ADDRESS) {
        Ok(given) if !given.is_empty() => given,
        _ => OURS
            .get_or_init(|| Cluster::start(Durability::Relaxed))
            .url("postgres"),
    }
}

/// The address of another database of the same cluster.
fn at(url: &str, database: &str) -> String {
    let (before, settings) = url
        .split_once('?')
        .map_or((url, None), |(a, b)| (a, Some(b)));
    let (server, _) = before
        .rsplit_once('/')
        .unwrap_or_else(|| panic!("{ADDRESS} names no database"));
    match settings {
        Some(settings) => format!("{server}/{database}?{settings}"),
        None => format!("{server}/{database}"),
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .unwrap_or_else(|error| panic!("the tests' PostgreSQL does not answer: {error}"))
}

async fn run(connection: &mut PgConnection, sql: String) {
    let shown = sql.clone();
    // As text and not prepared: that is how CREATE DATABASE wants it.
    connection
        .execute(AssertSqlSafe(sql))
        .await
        .unwrap_or_else(|error| panic!("{shown}: {error}"));
}

async fn ask(connection: &mut PgConnection, sql: &str) -> bool {
    query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Tells one build of this binary from another: each has its own migrations.
fn this_binary() -> u64 {
    let path = std::env::current_exe().unwrap();
    let about = std::fs::metadata(&path).unwrap();
    let mut hasher = DefaultHasher::new();
    (path, about.len(), about.modified().unwrap()).hash(&mut hasher);
    hasher.finish()
}

/// The programs of the newest PostgreSQL installed, as Debian lays them out.
fn newest_binaries() -> Option<PathBuf> {
    let newest = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|version| version.join("bin/initdb").exists())
        .max_by_key(|version| {
            version
                .file_name()
                .and_then(|name| name.to_str()?.parse::<u32>().ok())
        })?;
    Some(newest.join("bin"))
}

/// A command as ourselves, or as `postgres` where we are root.
fn as_unprivileged(program: &str) -> Command {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0);
    if !root {
        return Command::new(program);
    }
    assert!(
        Path::new("/usr/bin/setpriv").exists(),
        "as root, the tests need setpriv (util-linux) to start PostgreSQL as another user"
    );
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=postgres",
        "--regid=postgres",
        "--init-groups",
        program,
    ]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    async fn one_table(url: String) {
        let mut connection = connect(&url).await;
        run(&mut connection, "CREATE TABLE pool (name text)".to_owned()).await;
        connection.close().await.unwrap();
    }

    async fn exists(database: &str) -> bool {
        let mut maintenance = connect(&maintenance_url()).await;
        ask(
            &mut maintenance,
            &format!("SELECT EXISTS (SELECT FROM pg_database WHERE datname = '{database}')"),
        )
        .await
    }

    #[tokio::test]
    async fn each_test_has_a_database_of_its_own_and_leaves_none() {
        // A name of this process's own: the template must be made here, and only once.
        let template = format!("template_once_{}", std::process::id());
        let made = AtomicUsize::new(0);
        let migrate = |url| async {
            made.fetch_add(1, Ordering::SeqCst);
            one_table(url).await;
        };
        let (one, two) = tokio::join!(clone_of(&template, migrate), clone_of(&template, migrate));
        assert_eq!(made.load(Ordering::SeqCst), 1, "the template is made once");

        let mut first = connect(one.url()).await;
        run(
            &mut first,
            "INSERT INTO pool VALUES ('Recovery')".to_owned(),
        )
        .await;
        let mut second = connect(two.url()).await;
        assert!(ask(&mut first, "SELECT EXISTS (SELECT FROM pool)").await);
        assert!(!ask(&mut second, "SELECT EXISTS (SELECT FROM pool)").await);

        // Dropped with a connection still open, as a failing test would.
        let name = one.name.clone();
        drop(one);
        assert!(!exists(&name).await, "{name} is still there");
        assert!(exists(&two.name).await);
        drop((first, second, two));

        let mut maintenance = connect(&maintenance_url()).await;
        run(
            &mut maintenance,
            format!("ALTER DATABASE {template} IS_TEMPLATE false"),
        )
        .await;
        run(&mut maintenance, format!("DROP DATABASE {template}")).await;
    }

    #[tokio::test]
    async fn a_template_left_half_made_is_made_again() {
        let template = format!("template_half_{}", std::process::id());
        let mut maintenance = connect(&maintenance_url()).await;
        run(&mut maintenance, format!("CREATE DATABASE {template}")).await;

        let database = clone_of(&template, one_table).await;
        let mut connection = connect(database.url()).await;
        assert!(!ask(&mut connection, "SELECT EXISTS (SELECT FROM pool)").await);
        drop((connection, database));

        run(
            &mut maintenance,
            format!("ALTER DATABASE {template} IS_TEMPLATE false"),
        )
        .await;
        run(&mut maintenance, format!("DROP DATABASE {template}")).await;
    }

    #[tokio::test]
    async fn a_durable_cluster_keeps_what_it_acknowledged() {
        let mut cluster = Cluster::start(Durability::Durable);
        let url = cluster.url("postgres");
        one_table(url.clone()).await;
        let mut connection = connect(&url).await;
        run(
            &mut connection,
            "INSERT INTO pool VALUES ('Recovery')".to_owned(),
        )
        .await;

        cluster.pull_the_plug();
        assert!(PgConnection::connect(&url).await.is_err(), "it is stopped");
        cluster.start_again();

        let mut connection = connect(&url).await;
        assert!(ask(&mut connection, "SELECT EXISTS (SELECT FROM pool)").await);
    }

    #[test]
    fn a_cluster_does_not_outlive_whoever_asked_for_it() {
        let cluster = Cluster::start(Durability::Relaxed);
        let port = cluster.port;
        // What the end of a killed process amounts to: its end of the pipe is closed. The keeper
        // is not ours to wait for then, so only the outcome is awaited.
        let mut cluster = std::mem::ManuallyDrop::new(cluster);
        drop(cluster.words.take());
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while cluster.keeper.try_wait().unwrap().is_none() {
            assert!(
                std::time::Instant::now() < deadline,
                "the keeper still runs"
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert!(
            std::net::TcpStream::connect(("127.0.0.1", port)).is_err(),
            "the server still answers"
        );
    }

    #[test]
    fn another_database_of_the_same_cluster_has_the_same_address() {
        assert_eq!(at("postgres://u@h:1/postgres", "x"), "postgres://u@h:1/x");
        assert_eq!(
            at("postgres://u@h:1/postgres?sslmode=disable", "x"),
            "postgres://u@h:1/x?sslmode=disable"
        );
    }
}
