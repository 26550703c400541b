//! The binary `streetwatch`.

fn main() -> std::process::ExitCode {
    streetwatch::cli::main()
}
