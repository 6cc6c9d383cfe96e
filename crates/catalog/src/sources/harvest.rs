use {crate::row::Sourced, longplay_model::FindingCode};

/// What was read from one document.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    pub(crate) tracks: Vec<Sourced>,
    pub(crate) troubles: Vec<Trouble>,
}

/// Something wrong with a document.
#[derive(Debug, PartialEq)]
pub(crate) struct Trouble {
    pub(crate) code: FindingCode,
    /// The field; empty when it is the whole document.
    pub(crate) field: String,
    pub(crate) seen: String,
}

impl Harvest {
    pub(crate) fn malformed(&mut self, seen: impl Into<String>) {
        self.trouble(FindingCode::C001, "", seen);
    }

    pub(crate) fn trouble(
        &mut self,
        code: FindingCode,
        field: impl Into<String>,
        seen: impl Into<String>,
    ) {
        self.troubles.push(Trouble {
            code,
            field: field.into(),
            seen: seen.into(),
        });
    }

    pub(crate) fn clear(&mut self) {
        self.tracks.clear();
        self.troubles.clear();
    }
}
