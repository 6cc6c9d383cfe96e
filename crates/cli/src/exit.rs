use std::process::ExitCode;

/// How a command ended; the same for every verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, and all was sound.
    Sound,
    /// Done, with findings about the data.
    Findings,
    /// It could not be done.
    Failed,
    /// The user stopped it; the same command finishes it.
    Interrupted,
}

impl Exit {
    pub const fn code(self) -> u8 {
        match self {
            Self::Sound => 0,
            Self::Findings => 1,
            Self::Failed => 2,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_manual() {
        let exits = [Exit::Sound, Exit::Findings, Exit::Failed, Exit::Interrupted];
        assert_eq!(exits.map(Exit::code), [0, 1, 2, 130]);
    }
}
