//! Pages of memory.

/// Asks the system for short pages from here on, where it has longer ones.
///
/// One of 2 MiB is zeroed whole when its first byte is touched. That pays where all of it
/// is used, as in imports and plans; what works on files a portion at a time needs a few
/// dozen megabytes in many places, and waits longer for them than it gains.
pub fn keep_short() {
    #[cfg(target_os = "linux")]
    {
        // A system that does not listen has whatever pages it has.
        nix::sys::prctl::set_thp_disable(true).ok();
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_knows_that_pages_are_short() {
        super::keep_short();
        assert!(nix::sys::prctl::get_thp_disable().unwrap());
    }
}
