use {
    crate::home::{Home, options, titles},
    longplay_model::TrackId,
};

/// One message as a label would send it, in the shape of each version.
#[derive(Clone)]
struct Message {
    version: &'static str,
    icpn: &'static str,
    control: &'static str,
    /// ISRC and title; two discs of them.
    tracks: Vec<(&'static str, &'static str)>,
    deal: &'static str,
}

const EVERYWHERE: &str = "<TerritoryCode>Worldwide</TerritoryCode><ValidityPeriod>\
    <StartDate>2020-01-01</StartDate></ValidityPeriod>";

impl Default for Message {
    fn default() -> Self {
        Self {
            version: "43",
            icpn: "4006381333931",
            control: "LiveMessage",
            tracks: vec![("GBAYE6900531", "One"), ("USWB10202616", "Two")],
            deal: EVERYWHERE,
        }
    }
}

impl Message {
    fn is_old(&self) -> bool {
        self.version.starts_with('3')
    }

    fn text(&self) -> String {
        let Self { version, .. } = self;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ern:NewReleaseMessage\n  \
             xmlns:ern=\"http://ddex.net/xml/ern/{version}\" LanguageAndScriptCode=\"en\">\n{}{}{}{}{}\
             </ern:NewReleaseMessage>\n",
            header(self.control),
            if self.is_old() { "" } else { PARTIES },
            self.resources(),
            self.releases(),
            self.deals(),
        )
    }

    fn resources(&self) -> String {
        let recordings: String = self
            .tracks
            .iter()
            .enumerate()
            .map(|(at, (isrc, title))| self.recording(at + 1, isrc, title))
            .collect();
        format!(
            "<ResourceList>{recordings}<Image><ResourceReference>A9</ResourceReference></Image></ResourceList>\n"
        )
    }

    fn recording(&self, at: usize, isrc: &str, title: &str) -> String {
        let reference = format!("<ResourceReference>A{at}</ResourceReference>");
        let duration = "<Duration>PT3M45S</Duration>";
        let shown = format!("<TitleText>{title}</TitleText><SubTitle>Live</SubTitle>");
        if self.is_old() {
            return format!(
                "<SoundRecording><SoundRecordingId><ISRC>{isrc}</ISRC></SoundRecordingId>{reference}\
                 <ReferenceTitle><TitleText>Working</TitleText></ReferenceTitle>\
                 <LanguageOfPerformance>en</LanguageOfPerformance>{duration}<SoundRecordingDetailsByTerritory>\
                 <TerritoryCode>Worldwide</TerritoryCode><Title TitleType='DisplayTitle'>{shown}</Title>{}\
                 <PLine><Year>2019</Year><PLineText>2019 Example</PLineText></PLine>\
                 <ParentalWarningType>Explicit</ParentalWarningType></SoundRecordingDetailsByTerritory></SoundRecording>",
                old_artists(),
            );
        }
        let id = format!("<ResourceId><ISRC>{isrc}</ISRC></ResourceId>");
        let line = "<PLine><Year>2019</Year><PLineText>2019 Example</PLineText></PLine>";
        let id = match self.version {
            "43" | "432" => format!("<SoundRecordingEdition>{id}{line}</SoundRecordingEdition>"),
            _ => format!("{id}{line}"),
        };
        format!(
            "<SoundRecording>{reference}<Type>MusicalWorkSoundRecording</Type>{id}\
             <DisplayTitle>{shown}</DisplayTitle>{NEW_ARTISTS}{duration}\
             <ParentalWarningType>Explicit</ParentalWarningType>\
             <LanguageOfPerformance>en</LanguageOfPerformance></SoundRecording>"
        )
    }

    fn releases(&self) -> String {
        let id = format!(
            "<ReleaseId><GRid>A10302B0000123456B</GRid><ICPN>{}</ICPN></ReleaseId>",
            self.icpn
        );
        let groups = self.groups();
        if self.is_old() {
            return format!(
                "<ReleaseList><Release><ReleaseId><ISRC>GBAYE6900531</ISRC></ReleaseId>\
                 <ReleaseReference>R1</ReleaseReference><ReleaseType>TrackRelease</ReleaseType></Release>\
                 <Release IsMainRelease='true'>{id}<ReleaseReference>R0</ReleaseReference>\
                 <ReferenceTitle><TitleText>Album</TitleText></ReferenceTitle><ReleaseType>Album</ReleaseType>\
                 <ReleaseDetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode>{}\
                 <LabelName>Example Records</LabelName>{groups}<Genre><GenreText>Pop</GenreText></Genre>\
                 <ReleaseDate>2019-05-03</ReleaseDate></ReleaseDetailsByTerritory></Release></ReleaseList>\n",
                old_artists(),
            );
        }
        let genre = if self.version == "432" {
            "DisplayGenre"
        } else {
            "Genre"
        };
        format!(
            "<ReleaseList><Release><ReleaseReference>R0</ReleaseReference><ReleaseType>Album</ReleaseType>{id}\
             <DisplayTitleText>Album</DisplayTitleText>{NEW_ARTISTS}\
             <ReleaseLabelReference>P3</ReleaseLabelReference><{genre}><GenreText>Pop</GenreText></{genre}>\
             <ReleaseDate>2019-05-03</ReleaseDate>{groups}</Release><TrackRelease>\
             <ReleaseReference>R1</ReleaseReference></TrackRelease></ReleaseList>\n"
        )
    }

    /// A disc a track, and the cover beside them.
    fn groups(&self) -> String {
        let item = |reference: usize| {
            format!(
                "<ResourceGroupContentItem><SequenceNumber>1</SequenceNumber>\
                 <ReleaseResourceReference>A{reference}</ReleaseResourceReference></ResourceGroupContentItem>"
            )
        };
        let discs: String = (1..=self.tracks.len())
            .map(|at| {
                format!(
                    "<ResourceGroup><SequenceNumber>{at}</SequenceNumber>{}</ResourceGroup>",
                    item(at)
                )
            })
            .collect();
        format!("<ResourceGroup>{discs}{}</ResourceGroup>", item(9))
    }

    fn deals(&self) -> String {
        format!(
            "<DealList><ReleaseDeal><DealReleaseReference>R0</DealReleaseReference><Deal><DealTerms>\
             <CommercialModelType>SubscriptionModel</CommercialModelType>{}</DealTerms></Deal></ReleaseDeal></DealList>\n",
            self.deal
        )
    }
}

const PARTIES: &str = "<PartyList>\
    <Party><PartyReference>P1</PartyReference><PartyName><FullName>Ann</FullName></PartyName>\
    <PartyId><ISNI>0000000121707484</ISNI></PartyId></Party>\
    <Party><PartyReference>P2</PartyReference><PartyName><FullName>Bob</FullName></PartyName></Party>\
    <Party><PartyReference>P3</PartyReference><PartyName><FullName>Example Records</FullName></PartyName></Party>\
    </PartyList>\n";

const NEW_ARTISTS: &str = "<DisplayArtistName>Ann with Bob</DisplayArtistName>\
    <DisplayArtist SequenceNumber='2'><ArtistPartyReference>P2</ArtistPartyReference>\
    <DisplayArtistRole>FeaturedArtist</DisplayArtistRole></DisplayArtist>\
    <DisplayArtist SequenceNumber='1'><ArtistPartyReference>P1</ArtistPartyReference>\
    <DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>";

fn old_artists() -> String {
    let artist = |number: u32, name: &str, id: &str, role: &str| {
        format!(
            "<DisplayArtist SequenceNumber='{number}'><PartyName><FullName>{name}</FullName></PartyName>{id}\
             <ArtistRole>{role}</ArtistRole></DisplayArtist>"
        )
    };
    let isni = "<PartyId IsISNI='true'>0000000121707484</PartyId>";
    artist(2, "Bob", "", "FeaturedArtist")
        + &artist(1, "Ann", isni, "MainArtist")
        + "<DisplayArtistName>Ann with Bob</DisplayArtistName>"
}

fn header(control: &str) -> String {
    format!(
        "<MessageHeader><MessageId>m</MessageId><MessageCreatedDateTime>2026-01-31T12:00:00Z\
         </MessageCreatedDateTime><MessageControlType>{control}</MessageControlType></MessageHeader>\n"
    )
}

fn purge(id: &str) -> String {
    format!(
        "<ern:PurgeReleaseMessage xmlns:ern=\"http://ddex.net/xml/ern/43\">{}<PurgedRelease><ReleaseId>{id}\
         </ReleaseId></PurgedRelease></ern:PurgeReleaseMessage>",
        header("LiveMessage")
    )
}

#[test]
fn a_message_of_each_version_tells_the_same() {
    for version in [
        "38", "381", "382", "383", "384", "41", "411", "42", "43", "432",
    ] {
        let mut home = Home::new();
        let text = Message {
            version,
            ..Message::default()
        }
        .text();
        let path = home.file("message.xml", &text);
        let summary = home.try_import(&path, &options("ddex")).unwrap();
        assert_eq!((summary.format, summary.tracks), ("ddex", 2), "{version}");
        assert_eq!(home.findings.take(), [""; 0], "{version}");
        let snapshot = home.snapshot();
        let id = TrackId::of_source("ddex", "4006381333931-USWB10202616");
        let track = snapshot.track(&id).unwrap().unwrap();
        assert_eq!(
            (track.title.as_str(), track.artists.to_string()),
            ("Two (Live)", "Ann with Bob".into())
        );
        assert_eq!(track.artists.0[0].id.as_deref(), Some("0000000121707484"));
        assert_eq!((track.disc, track.position), (Some(2), Some(1)));
        assert_eq!(
            (track.duration_ms, track.explicit),
            (Some(225_000), Some(true))
        );
        assert_eq!(track.isrcs[0].as_str(), "USWB10202616");
        let record = snapshot.raw_record(&home.dirs.sources, &track).unwrap();
        assert_eq!(record, text.as_bytes());
    }
}

#[test]
fn a_message_in_utf_16_is_read() {
    let mut home = Home::new();
    let text = Message::default().text().replace("UTF-8", "UTF-16");
    let bytes: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let path = home.file("message.xml", bytes);
    assert_eq!(home.try_import(&path, &options("ddex")).unwrap().tracks, 2);
}

#[test]
fn other_messages_are_told_or_passed_over() {
    let mut home = Home::new();
    home.file("feed/20260101/1.xml", Message::default().text());
    home.file("feed/20260101/BatchComplete_20260101.xml", "");
    home.file(
        "feed/20260101/manifest.xml",
        "<echo:ManifestMessage xmlns:echo=\"http://ddex.net/xml/2011/echo/13\"/>",
    );
    home.file(
        "feed/20260102/old.xml",
        Message {
            version: "371",
            ..Message::default()
        }
        .text(),
    );
    let test = Message {
        control: "TestMessage",
        icpn: "96385074",
        ..Message::default()
    };
    home.file("feed/20260102/test.xml", test.text());
    home.file(
        "feed/20260103/hostile.xml",
        "<!DOCTYPE a SYSTEM \"http://example.org/a.dtd\"><NewReleaseMessage/>",
    );
    let dir = home.root.path().join("feed");
    let summary = home.try_import(&dir, &options("ddex")).unwrap();
    assert_eq!(summary.tracks, 2);
    assert_eq!(
        home.findings.take(),
        [
            "C001 feed/20260103/hostile.xml",
            "C014 feed/20260102/old.xml",
            "C015 feed/20260102/test.xml, MessageControlType",
        ]
    );
}

#[test]
fn a_later_message_replaces_the_release() {
    let mut home = Home::new();
    home.file("feed/1/a.xml", Message::default().text());
    let other = Message {
        icpn: "96385074",
        tracks: vec![("FRZ038400212", "Other")],
        ..Message::default()
    };
    home.file(
        "feed/1/b.xml",
        other
            .text()
            .replace("A10302B0000123456B", "A10302B0000123456C"),
    );
    let shorter = Message {
        tracks: vec![("GBAYE6900531", "One")],
        ..Message::default()
    };
    home.file("feed/2/a.xml", shorter.text());
    let dir = home.root.path().join("feed");
    home.try_import(&dir, &options("ddex")).unwrap();
    let mut left = titles(&home.snapshot());
    left.sort();
    assert_eq!(left, ["One (Live)", "Other (Live)"]);
}

#[test]
fn a_purge_takes_back_what_an_earlier_source_told() {
    let mut home = Home::new();
    let path = home.file("message.xml", Message::default().text());
    home.try_import(&path, &options("ddex")).unwrap();
    assert_eq!(home.snapshot().counts().tracks, 2);
    let path = home.file("purge.xml", purge("<ICPN>4006381333931</ICPN>"));
    home.try_import(&path, &options("ddex")).unwrap();
    assert_eq!(home.snapshot().counts().tracks, 0);
}
