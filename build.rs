//! Tells the linker to let `src/asr/one_thread.rs` stand in the way of one function of whisper.cpp.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The other linkers of the platforms whisper.cpp runs on have no such option; there the program is only slower.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg=-Wl,--wrap=ggml_backend_init_by_type");
    }
}
