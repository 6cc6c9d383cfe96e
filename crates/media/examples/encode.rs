//! Encodes a sound file with its own tags:
//! `cargo run -p longplay-media --example encode -- (access|lossless) IN OUT`

use {
    longplay_media::{encode_access, encode_lossless, inspect},
    std::{error::Error, fs::File, io::BufWriter, path::PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [form, input, output] = arguments.as_slice() else {
        return Err("expected: (access|lossless) IN OUT".into());
    };
    let tags = inspect(input)?.tags;
    let mut file = BufWriter::new(File::create(output)?);
    let encoded = match form.to_str() {
        Some("access") => encode_access(input, &mut file, &tags)?,
        Some("lossless") => encode_lossless(input, &mut file, &tags)?,
        _ => return Err("the form is access or lossless".into()),
    };
    println!("{encoded:?}");
    Ok(())
}
