//! What the fuzz targets start from, whole, cut and with flipped bytes.

use {
    crate::seeds::replay,
    arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray},
    longplay_catalog::fuzzing,
    parquet::{
        arrow::ArrowWriter,
        basic::Compression,
        file::properties::{WriterProperties, WriterPropertiesBuilder},
    },
    std::{
        io::{Read, Write},
        sync::Arc,
    },
};

#[test]
fn track_records() {
    let texts = [
        r#"{"id":"t","title":"T","artists":[{"name":"n","id":"a","join":" & ","popularity":4.5,"followers":2},{"name":"音楽"}],"recording_mbid":"5f1604ed-5c6b-4a85-8391-15aa61ae7f98","isrcs":["GBAYE6900531"],"duration_ms":1,"release_date":"1993-03","disc":1,"genres":["a"],"explicit":false,"popularity":0.1,"listens":18446744073709551615,"popularity_at":"2025-07-01T00:00:00Z","synthetic":true}"#,
        "{\"id\" : \"1\", \"title\":\"\\n\",\"artists\":[ ],\"label\":null,\"rights\":{\"uri\":\"x\",\"basis\":\"b\"}} \r",
        "\u{feff}{\"id\":\"1\",\"title\":\"\",\"artists\":[]}",
    ];
    replay("track_records", fuzzing::read_track_records, texts);
}

#[test]
fn musicbrainz() {
    let texts = [
        r#"{"id":"r","title":"R","date":"1969-00-00","barcode":"081227970949","media":[{"position":1,"pregap":null,"tracks":[{"id":"t","length":1,"recording":{"id":"248cc9d1-97ea-493e-84d4-4c5ec718683b","isrcs":["USWB10202616",{"id":"GBAHS1400099"}],"genres":[{"name":"g"}]}}]}],"artist-credit":[{"name":"A","joinphrase":" & ","artist":{"id":"a"}}],"label-info":[{"label":{"name":"L"}}]}"#,
        r#"{"id":"248cc9d1-97ea-493e-84d4-4c5ec718683b","title":"T","length":null,"video":false,"isrcs":[],"genres":null}"#,
        "\u{feff}{\"id\":\"a\",\"name\":\"A\",\"sort-name\":\"A\"}",
        r#"{"redirect":{"from":"248cc9d1-97ea-493e-84d4-4c5ec718683b","to":"b25f351b-206f-4297-95bd-78459b704144"}}"#,
        &"[".repeat(3000),
    ];
    replay("musicbrainz", fuzzing::read_musicbrainz, texts);
}

#[test]
fn cut_lines() {
    let seeds = [
        "\x05one\r\n\ntwo\nthree",
        "\x00",
        "\n\n\n\n",
        "\x03no line feed",
    ];
    replay("cut_lines", fuzzing::cut_lines, seeds);
}

/// One frame and its seek table, as `docs/format/source.md` draws it.
fn seekable(content: &[u8]) -> Vec<u8> {
    let frame = zstd::encode_all(content, 1).unwrap();
    let numbers = [0x184D_2A5E, 17, frame.len() as u32, content.len() as u32, 1];
    let table = numbers.iter().flat_map(|number| number.to_le_bytes());
    let footer = [0].into_iter().chain(0x8F92_EAB1u32.to_le_bytes());
    frame.iter().copied().chain(table).chain(footer).collect()
}

#[test]
fn seekable_zstd() {
    let seeds = [
        seekable(b"a line of a source\n"),
        seekable(b""),
        seekable(&[7; 5000]),
    ];
    replay("seekable", fuzzing::read_seekable, seeds);
}

fn tar() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let long = format!("{}data", "folder/".repeat(20));
    for (path, bytes) in [
        ("README", &b"read me\n"[..]),
        (long.as_str(), b"one\ntwo\n"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, path, bytes).unwrap();
    }
    let extensions = [("path", &b"from/pax"[..]), ("size", b"4")];
    tar.append_pax_extensions(extensions).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(0);
    header.set_path("short").unwrap();
    header.set_cksum();
    tar.append(&header, &b"pax\n"[..]).unwrap();
    tar.into_inner().unwrap()
}

#[test]
fn archive() {
    let tar = tar();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    let mut xz = Vec::new();
    liblzma::read::XzEncoder::new(&tar[..], 1)
        .read_to_end(&mut xz)
        .unwrap();
    let zstd = zstd::encode_all(&tar[..], 1).unwrap();
    replay(
        "archive",
        fuzzing::read_archive,
        [tar, gzip.finish().unwrap(), xz, zstd],
    );
}

#[test]
fn discogs() {
    let texts = [
        "<release id='1'><artists><artist><id>1</id><name>A (2)</name><anv>B</anv><join>&amp;</join></artist></artists>\
         <labels><label name='L'/></labels><formats><format name='Vinyl' qty='2'/></formats><released>1969-05-00</released>\
         <tracklist><track><position>A1</position><title>T</title><duration>1:02:03</duration></track><track><title>I</title>\
         <sub_tracks><track><position>C1</position></track></sub_tracks></track></tracklist><identifiers>\
         <identifier type='Barcode' value='0 8 1'/><identifier type='ISRC' description='Track A1' value='x'/></identifiers></release>",
        "<releases><release id='1'/></releases>",
        "<artist><id>1</id><name>A</name></artist>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><label>&b;&#xD800;</label>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><master id='1'>\u{e9}</master>",
    ];
    replay("discogs", fuzzing::read_discogs, texts);
}

#[test]
fn ddex() {
    let new = "<e:NewReleaseMessage xmlns:e='http://ddex.net/xml/ern/43'><MessageHeader><MessageCreatedDateTime>2026-01-31\
        </MessageCreatedDateTime></MessageHeader><PartyList><Party><PartyReference>P</PartyReference><PartyName><FullName>A\
        </FullName></PartyName></Party></PartyList><ResourceList><SoundRecording><ResourceReference>A1</ResourceReference>\
        <SoundRecordingEdition><ResourceId><ISRC>GBAYE6900531</ISRC></ResourceId></SoundRecordingEdition>\
        <Duration>P1DT2H3M4.5S</Duration><DisplayArtist SequenceNumber='1'><ArtistPartyReference>P</ArtistPartyReference>\
        </DisplayArtist></SoundRecording></ResourceList><ReleaseList><Release><ReleaseReference>R</ReleaseReference><ReleaseId>\
        <ICPN>4006381333931</ICPN></ReleaseId><ReleaseDate>2019-05-03-05:00</ReleaseDate><ResourceGroup><ResourceGroup>\
        <ResourceGroupContentItem><SequenceNumber>1</SequenceNumber><ReleaseResourceReference>A1</ReleaseResourceReference>\
        </ResourceGroupContentItem></ResourceGroup></ResourceGroup></Release></ReleaseList><DealList><ReleaseDeal>\
        <DealReleaseReference>R</DealReleaseReference><Deal><DealTerms><TerritoryCode>Worldwide</TerritoryCode>\
        <ValidityPeriod><StartDate>2020</StartDate></ValidityPeriod></DealTerms></Deal></ReleaseDeal></DealList>\
        </e:NewReleaseMessage>";
    let purge = "<PurgeReleaseMessage MessageSchemaVersionId='ern/382'><PurgedRelease><ReleaseId><ProprietaryId Namespace='a'>b\
        </ProprietaryId></ReleaseId></PurgedRelease></PurgeReleaseMessage>";
    let mut seeds = [new, purge, "<ManifestMessage/>"]
        .map(|text| text.as_bytes().to_vec())
        .to_vec();
    seeds.push(purge.encode_utf16().flat_map(u16::to_be_bytes).collect());
    replay("ddex", fuzzing::read_ddex, seeds);
}

#[test]
fn internet_archive() {
    let texts = [
        "<files><file name='a.flac' source='original'><length>3:45</length><track>1/2</track></file></files><?xml version='1.0'?>\
         <metadata><identifier>i</identifier><date>[1977]</date><licenseurl>HTTP://x</licenseurl></metadata>",
        r#"{"metadata":{"identifier":"i","creator":["A",null,{"b":[1]}],"year":1977},"files":[{"name":"a.mp3","length":225.1,"private":true}]}"#,
        r#"{"is_dark":true,"metadata":{}}"#,
    ];
    replay("internet_archive", fuzzing::read_internet_archive, texts);
}

#[test]
fn cut_elements() {
    let seeds = [
        "\x11<releases>\n<release a='>'><![CDATA[</release>]]></release>\n<release/></releases>",
        "\x07<artists><artist><artist/><!-- </artist> --></artist>text<label>",
        "\x20<!DOCTYPE a [<!ENTITY b '>]'>]><masters><?p?><master></master >",
        "\x00",
    ];
    replay("cut_elements", fuzzing::cut_elements, seeds);
}

#[test]
fn listenbrainz() {
    let mbid = "c7d0bf6e-b2aa-4ffa-bded-2448415b39b0";
    let seeds = [
        format!(
            r#"{{"user_id":1,"timestamp":1623007820,"track_metadata":{{"mbid_mapping":{{"recording_mbid":"{mbid}"}},"additional_info":{{"isrc":"GBAYE8100053"}}}}}}"#
        ),
        format!(
            r#"{{"listened_at":"2021-06-06T19:30:20","user_id":"a","recording_mbid":"{mbid}"}}"#
        ),
        format!(r#"{{"recording_mbid":"{mbid}","total_listen_count":1000,"total_user_count":10}}"#),
        format!("artist_mbid,total_listen_count,total_user_count\r\n{mbid},5,2\r\n"),
    ];
    replay("listenbrainz", fuzzing::read_listenbrainz, seeds);
}

#[test]
fn mapped() {
    let seeds = [
        "id,title\n1,\"a\nb\"\n\"\",4:33\nGBAYE6900531,x;y\n",
        "[file]\ndelimiter = ';'\nnull = ['']\n[track]\nid = { columns = [1, 2], join = '/' }\ntitle = { column = 'b', only = '?*', replace = [['_', ' ']] }\n\0a;b\n1;\"x_y\"\n",
        "[\"a\",\"b\"]\0{\"a\":[1,null,\"x\"],\"b\":{\"c\":1.5e300}}",
    ];
    replay("mapped", fuzzing::read_mapped, seeds);
}

#[test]
fn cut_rows() {
    let seeds = [
        "\x05a,\"b\n\"\"c\"\r\n\r\n\u{feff}\"x\"\ny",
        "\x02\"never closed\n,\n",
        "\x09a\"b\nc, \"d\n",
    ];
    replay("cut_rows", fuzzing::cut_rows, seeds);
}

/// A group of rows and two of them, with a dictionary and without, packed and not.
fn parquet_files() -> Vec<Vec<u8>> {
    let ids: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("a")]));
    let counts: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let batch = RecordBatch::try_from_iter([("recording_mbid", ids), ("listens", counts)]).unwrap();
    let write = |properties: WriterPropertiesBuilder| {
        let mut writer =
            ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    };
    let plain = WriterProperties::builder().set_dictionary_enabled(false);
    let groups = WriterProperties::builder().set_max_row_group_row_count(Some(2));
    let packed = WriterProperties::builder().set_compression(Compression::SNAPPY);
    [plain, groups, packed].map(write).into()
}

#[test]
fn parquet() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let read = |bytes: &[u8]| fuzzing::read_parquet(&kept, bytes);
    replay("parquet", read, parquet_files());
}
