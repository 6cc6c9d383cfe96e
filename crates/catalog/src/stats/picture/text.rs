use {
    super::rows::{Section, clock, percent, sections, told},
    crate::stats::Stats,
    longplay_model::grouped,
    std::fmt::Write as _,
};

/// Columns of a bar; a line has at most 79.
const BAR: usize = 30;
const LABEL: usize = 20;
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// The counts for a terminal: at most 80 columns, lines ended by line feeds.
pub fn text(stats: &Stats) -> String {
    let mut text = format!("Snapshot {}: {}.\n", stats.snapshot, told(stats));
    for section in sections(stats) {
        add_section(&mut text, &section, stats.counts.tracks);
    }
    text + &of_durations(stats)
}

fn add_section(text: &mut String, section: &Section, tracks: u64) {
    // Codes are shares of all codes, all else of all tracks.
    let all = match section.title.starts_with("ISRCs") {
        true => section.rows.iter().map(|row| row.count).sum(),
        false => tracks,
    };
    let most = section.rows.iter().map(|row| row.count).max().unwrap_or(0);
    add(text, format_args!("\n{}\n", section.title));
    for row in &section.rows {
        let label = cut(&row.label);
        let pad = LABEL - label.chars().count();
        let (count, share) = (grouped(row.count), percent(row.count, all));
        let line = format!(
            "  {label}{:pad$} {count:>13} {share:>8}  {}",
            "",
            bar(row.count, most)
        );
        add(text, format_args!("{}\n", line.trim_end()));
    }
}

fn of_durations(stats: &Stats) -> String {
    let durations = &stats.durations;
    let Some((mean, median)) = durations.mean_ms.zip(durations.median_seconds) else {
        return String::new();
    };
    let mut text = format!(
        "\nA track lasts {} on average, half of them at most {}.\n{} last whole minutes.\n",
        clock((mean / 1000.0).round() as u64),
        clock(median + 1),
        percent(durations.whole_minutes, durations.known)
    );
    for spike in &durations.spikes {
        add(
            &mut text,
            format_args!(
                "  {} stands out: {} tracks, {:.1} a second beside it\n",
                clock(spike.seconds),
                grouped(spike.tracks),
                spike.beside
            ),
        );
    }
    text
}

/// At most [`LABEL`] characters, none of them a control character.
fn cut(label: &str) -> String {
    let clean = label.chars().filter(|c| !c.is_control());
    let mut clean: Vec<char> = clean.collect();
    if clean.len() > LABEL {
        clean.truncate(LABEL - 1);
        clean.push('…');
    }
    clean.into_iter().collect()
}

fn bar(count: u64, most: u64) -> String {
    if count == 0 || most == 0 {
        return String::new();
    }
    let eighths = u128::from(count) * (BAR * 8) as u128 / u128::from(most);
    // What is there at all is seen.
    let eighths = usize::try_from(eighths).unwrap_or(BAR * 8).max(1);
    let mut bar = "█".repeat(eighths / 8);
    bar.push(EIGHTHS[eighths % 8]);
    bar
}

fn add(text: &mut String, more: std::fmt::Arguments) {
    text.write_fmt(more).expect("a string takes all text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_with_their_counts() {
        assert_eq!(bar(0, 10), "");
        assert_eq!(bar(1, u64::MAX), "▏");
        assert_eq!(bar(7, 7).trim_end(), "█".repeat(BAR));
        assert_eq!(bar(1, 2).trim_end(), "█".repeat(BAR / 2));
    }

    #[test]
    fn labels_fit() {
        assert_eq!(cut("a\nb"), "ab");
        assert_eq!(cut(&"x".repeat(99)).chars().count(), LABEL);
    }
}
