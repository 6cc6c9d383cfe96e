use {crate::seeds::replay, longplay_objects::fuzzing::read_uploads};

#[test]
fn uploads() {
    let upload = "<Upload><UploadId>2&#10;</UploadId><Owner><ID>Key</ID></Owner>\
         <Key>a/&quot;b&amp;</Key></Upload>";
    let page = format!(
        "<ListMultipartUploadsResult xmlns='x'>{upload}<!-- c --><Prefix/>{upload}\
         <NextUploadIdMarker>2</NextUploadIdMarker><NextKeyMarker>b</NextKeyMarker>\
         <IsTruncated>true</IsTruncated></ListMultipartUploadsResult>"
    );
    let last = "<a><IsTruncated>false</IsTruncated></a>".to_owned();
    replay("uploads", read_uploads, [page, last]);
}
