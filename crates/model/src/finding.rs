use {
    serde::{Deserialize, Serialize},
    std::fmt,
};

/// Something wrong with the data, told so that the reader can act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub code: FindingCode,
    /// The file, pack or record, as a path relative to the archive or to the
    /// collection.
    pub subject: String,
    /// Where in it: a line, a byte range, a field. Empty when it is the whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What was seen, in one sentence without a full stop.
    pub seen: String,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the exit code stays 0.
    Note,
    /// Something is lost, damaged or was left out; the exit code is 1.
    Damage,
}

macro_rules! findings {
    ($($code:ident $severity:ident $title:literal $remedy:literal;)*) => {
        /// Stable codes by stage: `C` catalog, `I` intake, `S` store,
        /// `R` release. A code keeps its meaning forever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FindingCode {
            $(#[doc = $title] $code,)*
        }

        impl FindingCode {
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            pub const fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }

            /// What the code means, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)* }
            }

            /// What the reader can do about it.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$code => $remedy,)* }
            }
        }
    };
}

findings! {
    C001 Damage "malformed record" "mend the line in the source and import again; the other lines were taken in";
    C002 Damage "record longer than the limit" "raise --max-line or split the record";
    C003 Damage "invalid value in a field" "mend the field; the record was taken in without it";
    C004 Note   "record given twice" "the first was kept; remove the second from the source";
    C005 Damage "no tracks found" "check the path: it should hold track records or audio files";
    C006 Damage "tags cannot be read" "rewrite the tags with a tagger; the file was catalogued by its name";
    C007 Note   "file name is not UTF-8" "rename the file; it is catalogued under a readable form of the name";
    C008 Damage "file cannot be read" "check its permissions and its disk, then import again";
    C009 Note   "symbolic link is a loop or leads nowhere" "remove the link; nothing behind it was read";
    C010 Note   "one ISRC on recordings of different lengths" "they are kept apart; check the codes with their source";
    C011 Damage "malformed rights statement" "use a rightsstatements.org or Creative Commons URI; until then the item is dark";
    C012 Damage "no audio that can be catalogued" "give the file its right extension, convert it or replace it from its source; it was left out";
    C013 Damage "archive is cut off or damaged" "fetch the file again and import it; what could be read of it was taken in";
    C014 Damage "dump of an unknown schema" "import a dump of the schema that is named, or use a longplay that knows this one";
    C015 Note   "message that is only a test" "nothing to do: it is kept with the source, and nothing was taken from it";
    C016 Note   "one MusicBrainz recording on tracks of very different lengths" "they stay one; check the tracks with MusicBrainz";
    C017 Note   "one ISRC joins tracks that have no word in common" "see lookup --why with the code; check it with its source";
    C018 Note   "one ISRC on several MusicBrainz recordings" "they are kept apart; if they are one, merge them in MusicBrainz";
    C019 Note   "tracks told differently by two sources of one name" "nothing to do where the later is an update: it counts; otherwise import them under two names";
    I001 Damage "not audio" "remove the file or give it the right extension";
    I002 Damage "audio is truncated or cannot be decoded" "replace the file from its source; it was not taken in";
    I003 Damage "file is empty" "replace the file from its source";
    I004 Damage "file cannot be read" "check its permissions and its disk, then run intake again";
    I005 Note   "file name is not UTF-8" "rename the file; it is taken in under a readable form of the name";
    I006 Note   "symbolic link is a loop or leads nowhere" "remove the link; nothing behind it was read";
    I007 Note   "no rights statement" "state the rights (--rights, tags or a rights file); until then the item is dark";
    I008 Damage "cover cannot be read" "replace the picture; the audio was taken in without it";
    I009 Note   "not in the catalog" "import the folder first; the file was left where it is";
    I010 Damage "file changed while it was read" "run intake again when nothing writes to the folder";
    I011 Note   "not chosen by the plan" "raise the budget or change the policy and plan again";
    I012 Damage "decoded audio differs from its own checksum" "replace the file from its source; it was not taken in";
    I013 Damage "malformed rights statement" "use a rightsstatements.org or Creative Commons URI; until then the item is dark";
    I014 Note   "another copy of a recording already held" "nothing to do: the first copy is kept";
    I015 Damage "codec is not supported" "convert the file to FLAC, Ogg Vorbis, Opus, MP3, WAV or AIFF";
    I016 Damage "no audio files found" "check the path: it should hold a music collection";
    I017 Damage "the chosen form cannot be made" "choose another form in the policy or convert the file; it was not taken in";
    S001 Damage "damaged bytes" "run repair";
    S002 Damage "pack is missing" "run repair";
    S003 Damage "pack is truncated" "run repair";
    S004 Damage "pack is longer than it was sealed" "run repair";
    S005 Damage "pack stands under another's name" "run repair";
    S006 Damage "leaf file is missing or damaged" "run repair";
    S007 Damage "index is missing or damaged" "run repair";
    S008 Damage "manifest is missing or damaged" "run repair";
    S009 Damage "tag file is missing or damaged" "run repair";
    S010 Damage "recovery pack is missing or damaged" "run repair";
    S011 Damage "kit of a recovery pack is damaged" "run repair";
    S012 Damage "beyond recovery" "fetch the pack from a mirror; what was lost is listed track by track";
    S013 Note   "file that nobody put here" "remove it if it is not yours; longplay leaves it alone";
    S014 Damage "staged blob is missing or damaged" "run intake again on its source";
    S015 Note   "state cache was missing or unreadable" "nothing to do: it was made again from the journal";
    S016 Note   "last journal entry was cut off" "nothing to do: the entry was never acknowledged and was set aside";
    S017 Damage "journal entry cannot be read" "restore the journal from a copy; the other entries were read";
    S018 Damage "tranche is missing" "bring it back from a mirror, then run verify";
    S019 Note   "file was read otherwise once" "nothing to mend; if it comes again, look at disk, cable and memory";
    S020 Damage "another copy does not give what is lost here" "try a copy elsewhere: longplay repair --from";
    S021 Damage "lost: it should be there and is not" "run repair, with --from another copy where recovery does not suffice; what is in no tranche comes from its source again";
    S022 Damage "moved: it stands under another path" "run reconcile --apply";
    S023 Note   "settings were made again" "look at longplay.toml: what no tranche tells stands at its default";
    S024 Damage "tranche that cannot be entered into the journal" "run repair --from another copy, then rebuild again";
    S025 Damage "staged blob without a receipt" "run intake again on its source; the bytes are kept in staging/unclaimed";
    S026 Damage "tracks that no tranche here holds" "bring the missing tranches back: longplay repair --from";
    S027 Note   "index of holdings was damaged" "nothing to do: it is made again from the indexes of the tranches";
    S030 Damage "disk of the archive is not there" "mount it, or mend its path in longplay.toml; if it is lost: longplay repair --lost-disk";
    S031 Note   "loss of one disk would be beyond recovery" "give the archive one more disk: longplay repair --new-disk";
    R001 Note   "tranche is not open" "nothing to do: it is kept and not released";
    R002 Damage "item without an open rights statement in an open tranche" "do not release; report this as a defect of longplay";
    R003 Damage "tranche is damaged" "run repair, then release again";
    R004 Damage "fetched bytes differ from their digest" "try another mirror";
}

impl Finding {
    pub fn new(code: FindingCode, subject: impl Into<String>, seen: impl Into<String>) -> Self {
        Self {
            code,
            subject: subject.into(),
            place: String::new(),
            seen: seen.into(),
        }
    }

    /// The same finding, at a line, byte range or field.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = place.into();
        self
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Finding {
    /// `S001 data/packs/a.tar, bytes 0-16383: damaged bytes: … (run repair)`
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            code,
            subject,
            place,
            seen,
        } = self;
        let comma = if place.is_empty() { "" } else { ", " };
        let (title, remedy) = (code.title(), code.remedy());
        write!(
            f,
            "{code} {subject}{comma}{place}: {title}: {seen} ({remedy})"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_name_their_stage() {
        let mut names: Vec<_> = FindingCode::ALL.iter().map(|code| code.name()).collect();
        names.dedup();
        assert_eq!(names.len(), FindingCode::ALL.len());
        assert!(
            names
                .iter()
                .all(|name| name.len() == 4 && "CISR".contains(&name[..1]))
        );
    }

    #[test]
    fn a_finding_names_file_place_and_remedy() {
        let finding =
            Finding::new(FindingCode::S001, "a.tar", "1 leaf differs").at("bytes 0-16383");
        assert_eq!(
            finding.to_string(),
            "S001 a.tar, bytes 0-16383: damaged bytes: 1 leaf differs (run repair)"
        );
    }
}
