//! The `git-session` program, which Git runs as `git session`.

fn main() -> std::process::ExitCode {
    git_session::cli::main()
}
