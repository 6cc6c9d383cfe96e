use {crate::seeds::replay, longplay_objects::fuzzing::read_uploads};

#[test]
fn uploads() {
    let page = "<?xml version=\"1.0\"?>\n<ListMultipartUploadsResult>\
         <IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker>\
         <NextUploadIdMarker>2</NextUploadIdMarker>\
         <Upload><Key>a &amp; &#98;</Key><UploadId>1</UploadId>\
         <Owner><ID>Key</ID></Owner></Upload>\
         <Upload><Key>b</Key><UploadId>2</UploadId></Upload>\
         </ListMultipartUploadsResult>";
    replay("uploads", read_uploads, [page]);
}
