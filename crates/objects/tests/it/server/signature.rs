//! Signature version 4, from the side of who checks it.

use {
    super::{
        KEY_ID, SECRET,
        http::{Request, decoded, encoded},
        keeping::hex,
    },
    sha2::{Digest, Sha256},
};

/// The word of S3 for what is wrong with a request's signature or digest.
pub fn check(request: &Request) -> Result<(), &'static str> {
    let authorization = request.header("authorization").ok_or("AccessDenied")?;
    let field = |name: &str| {
        let (_, rest) = authorization.split_once(name)?;
        rest.split([',', ' ']).next()
    };
    let credential = field("Credential=").ok_or("AuthorizationHeaderMalformed")?;
    let names = field("SignedHeaders=").ok_or("AuthorizationHeaderMalformed")?;
    let signature = field("Signature=").ok_or("AuthorizationHeaderMalformed")?;
    let (key, scope) = credential
        .split_once('/')
        .ok_or("AuthorizationHeaderMalformed")?;
    if key != KEY_ID {
        return Err("InvalidAccessKeyId");
    }
    let digest = request
        .header("x-amz-content-sha256")
        .ok_or("AccessDenied")?;
    if digest != hex(&Sha256::digest(&request.body)) {
        return Err("XAmzContentSHA256Mismatch");
    }
    let text = canonical(request, names, digest);
    let date = request.header("x-amz-date").ok_or("AccessDenied")?;
    let text = hex(&Sha256::digest(text));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{text}");
    match hex(&hmac(&signing_key(scope), text.as_bytes())) == signature {
        true => Ok(()),
        false => Err("SignatureDoesNotMatch"),
    }
}

fn canonical(request: &Request, names: &str, digest: &str) -> String {
    let path = encoded(&decoded(&request.path), b"/");
    let pairs = request.query.iter();
    let mut query: Vec<String> = pairs
        .map(|(name, value)| format!("{}={}", encoded(name, b""), encoded(value, b"")))
        .collect();
    query.sort();
    let headers: String = names
        .split(';')
        .map(|name| format!("{name}:{}\n", request.header(name).unwrap_or_default()))
        .collect();
    let (method, query) = (&request.method, query.join("&"));
    format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{digest}")
}

fn signing_key(scope: &str) -> Vec<u8> {
    let first = format!("AWS4{SECRET}").into_bytes();
    scope
        .split('/')
        .fold(first, |key, part| hmac(&key, part.as_bytes()))
}

/// RFC 2104 with SHA-256.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    match key.len() > 64 {
        true => block[..32].copy_from_slice(&Sha256::digest(key)),
        false => block[..key.len()].copy_from_slice(key),
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(text)
        .finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner);
    outer.finalize().to_vec()
}
