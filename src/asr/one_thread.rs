//! Keeps whisper.cpp to one thread a recogniser where it does not ask how many it may have.
//!
//! For the times of words it computes a small graph on a backend of its own, which has four threads whatever
//! `n_threads` says. They wait for each other at barriers, spinning: with a recogniser on every core that made an
//! utterance take up to three times as long. No parameter reaches that backend, so the linker (`build.rs`) puts the
//! function below in the place of the one that makes it.

use std::ffi::{c_char, c_int, c_void};

/// `GGML_BACKEND_DEVICE_TYPE_CPU`.
const CPU: c_int = 0;

unsafe extern "C" {
    fn __real_ggml_backend_init_by_type(kind: c_int, parameters: *const c_char) -> *mut c_void;
    fn ggml_backend_cpu_set_n_threads(backend: *mut c_void, threads: c_int);
}

/// Makes a backend as `ggml_backend_init_by_type` does; one of the CPU with one thread.
///
/// # Safety
/// As for `ggml_backend_init_by_type`: `parameters` is null or a C string.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_ggml_backend_init_by_type(kind: c_int, parameters: *const c_char) -> *mut c_void {
    // SAFETY: the caller's own arguments, passed on.
    let backend = unsafe { __real_ggml_backend_init_by_type(kind, parameters) };
    if kind == CPU && !backend.is_null() {
        // SAFETY: the backend was just made and is one of the CPU, which is all that the callee asks for.
        unsafe { ggml_backend_cpu_set_n_threads(backend, 1) };
    }
    backend
}
