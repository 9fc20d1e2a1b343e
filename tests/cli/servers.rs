//! Sharing over real servers on this machine: ssh, HTTP with a password, `git daemon`. One that is
//! not installed is skipped.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::env::{TestEnv, output};

/// Where distributions put what is no user's command.
const SYSTEM: &str = "/usr/sbin:/usr/local/sbin:/sbin";

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts a program that listens on a port; `None` where it cannot be started.
    fn start(port: u16, command: &mut Command) -> Option<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if child.try_wait().ok().flatten().is_some() {
                return None;
            }
            std::thread::yield_now();
        }
        Some(Self { child, port })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port()
}

/// Returns the place of a server's program.
fn server_program(name: &str) -> Option<String> {
    SYSTEM.split(':').map(|folder| format!("{folder}/{name}")).find(|path| Path::new(path).exists())
}

fn git_program(env: &TestEnv, name: &str) -> Option<String> {
    let out = output(env.program("git").arg("--exec-path"));
    let path = format!("{}/{name}", String::from_utf8_lossy(&out.stdout).trim());
    Path::new(&path).exists().then_some(path)
}

fn skipped(what: &str) {
    println!("skipped: {what} is not installed");
}

/// A place with a session of one run, and an empty repository to share it by.
fn place() -> TestEnv {
    let env = TestEnv::with_session();
    env.ok(&["record", "-m", "one"]);
    let hub = env.path("srv/hub.git");
    let out = output(env.program("git").args(["init", "-q", "--bare"]).arg(&hub));
    assert!(out.status.success());
    env
}

fn global(env: &TestEnv, key: &str, value: &str) {
    assert!(output(env.program("git").args(["config", "--global", "--add", key, value])).status.success());
}

/// Pushes, takes everything into another store, goes on with it there, and syncs.
fn share(env: &TestEnv, url: &str, change: crate::env::Change<'_>) {
    let run = |args: &[&str]| {
        let mut command = env.command(args);
        change(&mut command);
        let out = output(&mut command);
        assert!(out.status.success(), "{args:?}: {}", env.text(&out));
        String::from_utf8(out.stdout).expect("text")
    };
    let other = env.arg("other.git");
    let there = |args: &[&str]| run(&[&["--store", other.as_str()][..], args].concat());
    env.ok(&["remote", "add", "team", url]);
    assert!(run(&["push"]).contains("pushed 1 session to team"));
    assert!(run(&["clone", url, &other]).contains("pulled from origin: 1 new"));
    there(&["record", "-s", "63d7", "-m", "there"]);
    env.ok(&["record", "-m", "here"]);
    assert!(there(&["push", "63d7"]).contains("pushed 1 session"));
    assert!(run(&["sync"]).contains("1 merged"));
    there(&["sync", "--all"]);
    let runs = |text: String| text.lines().count();
    assert_eq!((runs(run(&["runs", "--ndjson"])), runs(there(&["runs", "63d7", "--ndjson"]))), (3, 3));
    env.fsck();
}

#[test]
fn sessions_are_shared_over_ssh() {
    let env = place();
    let Some(sshd) = server_program("sshd") else { return skipped("sshd") };
    let Some((server, ssh)) = start_sshd(&env, &sshd) else { return skipped("a usable sshd") };
    let user = output(env.program("id").arg("-un"));
    let user = String::from_utf8(user.stdout).expect("text");
    let url = |host: &str| format!("ssh://{}@{host}:{}{}", user.trim(), server.port, env.arg("srv/hub.git"));
    let key = format!("{ssh} -i {}", env.arg("user"));
    share(&env, &url("127.0.0.1"), &|command| command.env("GIT_SSH_COMMAND", &key));
    let failing = |change: crate::env::Change<'_>| {
        let mut command = env.command(&["push"]);
        change(&mut command);
        let out = output(&mut command);
        assert_eq!(out.status.code(), Some(1));
        env.text(&out)
    };
    // A key that the server does not know, and a server whose key we do not know.
    let text = failing(&|command| command.env("GIT_SSH_COMMAND", format!("{ssh} -i /dev/null")));
    assert!(text.contains("the server refused the user or the password"), "{text}");
    let text = failing(&|command| command.env("GIT_SSH_COMMAND", key.replace("known_hosts ", "nobody ")));
    assert!(text.contains("the host's key is not one that ssh knows"), "{text}");
}

/// Starts a server for this user alone, with keys of its own; returns also the command that logs in.
fn start_sshd(env: &TestEnv, sshd: &str) -> Option<(Server, String)> {
    for key in ["host", "user"] {
        let mut keygen = env.program("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(env.path(key));
        if !keygen.status().is_ok_and(|status| status.success()) {
            return None;
        }
    }
    // What it needs to separate privileges where it is started by root.
    let _ = fs::create_dir_all("/run/sshd");
    let port = free_port();
    let base = env.base().display();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {base}/host\nAuthorizedKeysFile {base}/user.pub\n\
         PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         PermitRootLogin yes\n"
    );
    let config = env.write("sshd_config", config);
    let server = Server::start(port, env.program(sshd).args(["-D", "-e", "-f", &config]))?;
    let key = env.read("host.pub");
    env.write("known_hosts", format!("[127.0.0.1]:{port} {key}"));
    let ssh = format!(
        "ssh -F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -o UserKnownHostsFile={base}/known_hosts \
         -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o BatchMode=yes"
    );
    Some((server, ssh))
}

#[test]
fn sessions_are_shared_over_http_with_a_password() {
    let env = place();
    let Some(lighttpd) = server_program("lighttpd") else { return skipped("lighttpd") };
    let Some(backend) = git_program(&env, "git-http-backend") else { return skipped("git-http-backend") };
    let port = free_port();
    let Some(_server) = start_lighttpd(&env, &lighttpd, &backend, port) else {
        return skipped("a usable lighttpd");
    };
    global(&env, "session.transport", "http");
    global(&env, "credential.helper", &format!("!cat {}; true", env.arg("password")));
    env.write("password", "username=ann\npassword=hunter2\n");
    share(&env, &format!("http://127.0.0.1:{port}/hub.git"), &|command| command);
    env.write("password", "username=ann\npassword=wrong\n");
    insta::assert_snapshot!(env.run(&["push"]).replace(&port.to_string(), "PORT"), @"
    [stderr]
    error: could not push to 'team': the server refused the user or the password
      fatal: Authentication failed for 'http://127.0.0.1:PORT/hub.git/'
    hint: check the user and the password or key; git's credential helpers and ssh are asked
    [exit 1]
    ");
    // Nobody is there to be asked.
    env.write("password", "");
    let text = env.run(&["pull"]).replace(&port.to_string(), "PORT");
    assert!(text.contains("the server refused the user or the password"), "{text}");
    assert!(!env.text(&output(env.command(&["remote", "list"]).stdin(Stdio::null()))).contains("hunter2"));
}

fn start_lighttpd(env: &TestEnv, lighttpd: &str, backend: &str, port: u16) -> Option<Server> {
    let base = env.base().display();
    env.write("users", "ann:hunter2\n");
    let config = format!(
        "server.document-root = \"{base}/srv\"\nserver.bind = \"127.0.0.1\"\nserver.port = {port}\n\
         server.upload-dirs = ( \"{base}\" )\n\
         server.modules = ( \"mod_alias\", \"mod_setenv\", \"mod_auth\", \"mod_authn_file\", \"mod_cgi\" )\n\
         alias.url = ( \"/\" => \"{backend}/\" )\ncgi.assign = ( \"\" => \"\" )\n\
         setenv.set-environment = ( \"GIT_PROJECT_ROOT\" => \"{base}/srv\", \"GIT_HTTP_EXPORT_ALL\" => \"1\",\n\
             \"HOME\" => \"{base}/home\", \"PATH\" => env.PATH )\n\
         auth.backend = \"plain\"\nauth.backend.plain.userfile = \"{base}/users\"\n\
         auth.require = ( \"/\" => ( \"method\" => \"basic\", \"realm\" => \"git\", \"require\" => \"valid-user\" ) )\n"
    );
    let config = env.write("lighttpd.conf", config);
    fs::set_permissions(env.path("srv"), fs::Permissions::from_mode(0o755)).expect("set");
    Server::start(port, env.program(lighttpd).args(["-D", "-f", &config]))
}

#[test]
fn sessions_are_shared_over_git_s_own_protocol() {
    let env = place();
    let port = free_port();
    let Some(daemon) = git_program(&env, "git-daemon") else { return skipped("git daemon") };
    let mut daemon = env.program(daemon);
    daemon.args(["--reuseaddr", "--export-all", "--enable=receive-pack", "--listen=127.0.0.1"]);
    daemon.arg(format!("--port={port}")).arg(format!("--base-path={}", env.arg("srv")));
    let Some(_server) = Server::start(port, &mut daemon) else { return skipped("git daemon") };
    let url = format!("git://127.0.0.1:{port}/hub.git");
    let refused = env.run(&["remote", "add", "team", &url]);
    assert!(refused.contains("is reached by 'git', which is not allowed"), "{refused}");
    global(&env, "session.transport", "git");
    share(&env, &url, &|command| command);
}
