use {
    crate::{
        estimate::{Budget, choose_form, estimate_bytes, estimate_file_bytes},
        order::Level,
        policy::{Optimal, Policy},
        score::{points, tail_score},
    },
    longplay_model::{ByteSize, Candidate, Form, PlanRow, Reason, grouped},
};

/// What a plan was made by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    pub policy: &'a Policy,
    pub budget: &'a Budget,
    /// What the plan's totals say of it.
    pub price: Option<f64>,
}

/// Why a row was kept or not, in plain words: some lines of at most 80
/// columns, each ended by a line feed.
///
/// `row` and `candidate` are of the same track, `listens` those of all rows of
/// its recording, and `terms` those that the plan was made with.
pub fn explain(row: &PlanRow, candidate: &Candidate, listens: f64, terms: &Terms) -> String {
    let Terms { policy, budget, .. } = terms;
    let level = match Level::of(candidate, policy) {
        Level::Head => head_words(candidate, policy),
        Level::Unrated => UNRATED.to_owned(),
        Level::Tail => tail_words(row, candidate, policy),
    };
    let size = size_words(row, candidate, policy, budget);
    let end = match &policy.optimal {
        None => budget_words(row, budget),
        Some(values) => worth_words(row, listens, values, terms),
    };
    [verdict(row), level, size, end].concat()
}

const UNRATED: &str = "No source tells how popular it is, and the collection has its file: such files\n\
    go after the head, in the order of the catalog.\n";

fn verdict(row: &PlanRow) -> String {
    let place = format!(
        "place {} in the plan, rank {} in the catalog",
        grouped(row.order),
        grouped(row.rank)
    );
    match row.form {
        Some(form) => format!("Kept as {}: {place}.\n", form_words(form)),
        None => format!("Not kept: {place}.\n"),
    }
}

const fn form_words(form: Form) -> &'static str {
    match form {
        Form::Access => "an access copy (Ogg Opus)",
        Form::Original => "the original",
        Form::Lossless => "FLAC",
    }
}

fn head_words(candidate: &Candidate, policy: &Policy) -> String {
    let popularity = decimal(points(candidate.popularity));
    let above = decimal(f64::from(policy.head.above_popularity));
    format!(
        "Popularity {popularity} of 100 is above {above}: it belongs to the head, which goes\n\
         first, most popular first.\n"
    )
}

fn tail_words(row: &PlanRow, candidate: &Candidate, policy: &Policy) -> String {
    let tail = &policy.tail;
    let score = tail_score(candidate, tail);
    let held = score.total() - row.score;
    let mut lines = format!(
        "Popularity {} is not above {}, so its score decides:\n",
        decimal(points(candidate.popularity)),
        decimal(f64::from(policy.head.above_popularity))
    );
    for (what, source, part) in [
        (
            "artist popularity",
            decimal(points(candidate.artist_popularity)),
            score.artist,
        ),
        (
            "release popularity",
            decimal(points(candidate.release_popularity)),
            score.release,
        ),
        ("followers", grouped(candidate.followers), score.followers),
    ] {
        lines += &format!("  {what:<20}{source:>16}   {part:+9.3}\n");
    }
    if held > 1e-9 {
        lines += &format!("  {:<20}{:>16}   {:+9.3}\n", "a copy is held", "yes", -held);
    }
    lines += &format!(
        "  {:<20}{:>16}   {:9.3}   (the cut is {})\n",
        "score", "", row.score, tail.cut
    );
    lines
}

fn size_words(row: &PlanRow, candidate: &Candidate, policy: &Policy, budget: &Budget) -> String {
    let wanted = Level::of(candidate, policy).form(policy);
    let form = row.form.unwrap_or_else(|| choose_form(wanted, candidate));
    let guess = estimate_bytes(form, candidate, budget);
    let all = ByteSize(if row.form.is_some() { row.bytes } else { guess });
    let file = if all == ByteSize(guess) {
        let file = ByteSize(estimate_file_bytes(form, candidate));
        format!("{file}, {}", how_known(candidate, form))
    } else {
        "by the file of another row of the same recording".to_owned()
    };
    let why = match form {
        _ if form == wanted => "",
        _ if form > choose_form(wanted, candidate) => {
            "This is a better form than its level asks for, and worth its bytes.\n"
        }
        _ => "The policy wants another form here, which would gain nothing over the original.\n",
    };
    format!(
        "{why}Size as {}: {file};\n{all} in packs, recovery ({}+{}) included.\n",
        form_words(form),
        budget.k,
        budget.m
    )
}

fn how_known(candidate: &Candidate, form: Form) -> &'static str {
    match (candidate.file, form) {
        (Some(_), Form::Original) => "as its file has",
        (Some(_), Form::Lossless) => "estimated from its file",
        (None, _) if candidate.duration_ms.is_none() => "guessed, as no duration is known",
        _ => "estimated from its duration",
    }
}

fn budget_words(row: &PlanRow, budget: &Budget) -> String {
    let so_far = ByteSize(row.bytes_so_far);
    let limit = ByteSize(budget.bytes);
    match row.reason {
        Reason::Popular | Reason::Unrated | Reason::Tail => {
            format!("All up to it takes {so_far} of the budget of {limit}.\n")
        }
        Reason::OverBudget => format!(
            "The budget of {limit} ended before it. A budget of {} bytes\n\
             ({so_far}) keeps this recording.\n",
            grouped(row.bytes_so_far)
        ),
        Reason::Worth | Reason::NoListens => String::new(),
        Reason::DuplicateRecording => {
            "Another row of the same recording is kept, and one copy is enough: no budget\n\
             changes that.\n"
                .to_owned()
        }
        Reason::BelowCut => "No budget keeps it: the score is below the cut of the policy. A \
             lower\n`cut` in the policy would.\n"
            .to_owned(),
    }
}

/// What an optimal policy weighed.
fn worth_words(row: &PlanRow, listens: f64, values: &Optimal, terms: &Terms) -> String {
    let price = terms.price.unwrap_or(0.0) * MEGABYTE;
    let floor = decimal(values.floor * 100.0);
    let told = format!("Its recording has {} listens", decimal(listens));
    match row.reason {
        Reason::Popular | Reason::Unrated | Reason::Tail => format!(
            "The same policy without values keeps it in {floor} % of the budget, so it is\n\
             kept here too, whatever its bytes serve.\n"
        ),
        Reason::Worth => {
            let form = row.form.unwrap_or(Form::Access);
            let worth = listens * values.value(form) / (row.bytes.max(1) as f64) * MEGABYTE;
            format!(
                "{told}: as {form} a value of {}\nfor each megabyte. The budget ended at {}.\n",
                decimal(worth),
                decimal(price)
            )
        }
        Reason::OverBudget => format!(
            "{told}, which serve less than the value of {}\nfor each megabyte at which \
             the budget of {} ended.\n",
            decimal(price),
            ByteSize(terms.budget.bytes)
        ),
        Reason::NoListens => {
            "No budget keeps it beyond what the same policy without values keeps: nobody\n\
             is known to listen to it.\n"
                .to_owned()
        }
        Reason::DuplicateRecording | Reason::BelowCut => budget_words(row, terms.budget),
    }
}

const MEGABYTE: f64 = 1e6;

/// At most three decimals, none for whole numbers.
fn decimal(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{listed::tests::candidate, select::plan},
        longplay_model::CandidateFile,
    };

    const ROOM: Budget = Budget {
        bytes: 1_000_000_000,
        k: 20,
        m: 4,
    };

    fn words(rows: Vec<Candidate>, at: usize, budget: Budget) -> String {
        words_by(&Policy::reference(), rows, at, budget)
    }

    fn words_by(policy: &Policy, rows: Vec<Candidate>, at: usize, budget: Budget) -> String {
        let mut planned = Vec::new();
        let totals = plan(rows.clone().into_iter(), policy, &budget, 0, &mut |row| {
            planned.push(row);
        });
        let track = rows[at].track;
        let row = planned.iter().find(|row| row.track == track).unwrap();
        let same = rows.iter().filter(|it| it.recording == row.recording);
        let listens = same.map(|it| it.listens).sum();
        let terms = Terms {
            policy,
            budget: &budget,
            price: totals.price,
        };
        let text = explain(row, &rows[at], listens, &terms);
        assert!(text.ends_with('\n'));
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        text
    }

    fn popular(rank: u64) -> Candidate {
        Candidate {
            popularity: 45.3,
            ..candidate(rank)
        }
    }

    fn known_artist(rank: u64) -> Candidate {
        Candidate {
            artist_popularity: 12.0,
            release_popularity: 3.0,
            followers: 999,
            ..candidate(rank)
        }
    }

    #[test]
    fn a_popular_row_names_its_popularity_and_its_bytes() {
        let text = words(vec![popular(0)], 0, ROOM);
        assert!(text.starts_with("Kept as the original: place 0 in the plan"));
        assert!(text.contains("Popularity 45.3 of 100 is above 0"));
        assert!(text.contains("4.80 MB of the budget of 1.00 GB"), "{text}");
    }

    #[test]
    fn a_tail_row_shows_the_arithmetic_of_its_score() {
        let text = words(vec![known_artist(0)], 0, ROOM);
        for part in ["+0.120", "+0.030", "+0.375", "0.525   (the cut is 0.351)"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_row_over_the_budget_says_what_would_keep_it_and_that_is_true() {
        let small = Budget { bytes: 10, ..ROOM };
        let rows = vec![popular(0), known_artist(1)];
        let text = words(rows.clone(), 1, small);
        let bytes = text.split("A budget of ").nth(1).unwrap();
        let bytes: u64 = bytes
            .split(' ')
            .next()
            .unwrap()
            .replace(',', "")
            .parse()
            .unwrap();
        let exact = Budget { bytes, ..ROOM };
        assert!(words(rows.clone(), 1, exact).starts_with("Kept"));
        let less = Budget {
            bytes: bytes - 1,
            ..ROOM
        };
        assert!(words(rows, 1, less).starts_with("Not kept"));
    }

    #[test]
    fn copies_and_the_unknown_say_that_no_budget_helps() {
        let first = popular(0);
        let copy = Candidate {
            recording: first.recording,
            ..known_artist(1)
        };
        let text = words(vec![first, copy], 1, ROOM);
        assert!(text.contains("-10.000"), "{text}");
        assert!(text.contains("one copy is enough"));
        let text = words(vec![candidate(0)], 0, ROOM);
        assert!(text.contains("below the cut"));
    }

    #[test]
    fn a_form_that_the_policy_did_not_want_is_explained() {
        let mut row = known_artist(0);
        row.file = Some(CandidateFile {
            codec: longplay_model::Codec::Opus,
            bytes: 1_000,
        });
        let text = words(vec![row], 0, ROOM);
        assert!(text.contains("would gain nothing"), "{text}");
        assert!(text.contains("1.00 kB, as its file has"), "{text}");
    }

    #[test]
    fn every_reason_of_an_optimal_plan_has_words() {
        let policy = Policy::optimal();
        let room = |bytes| Budget { bytes, ..ROOM };
        let listened = |rank, listens| Candidate {
            listens,
            ..popular(rank)
        };
        let copy = Candidate {
            recording: popular(0).recording,
            ..known_artist(1)
        };
        let silent = Candidate {
            listens: 0.0,
            ..candidate(1)
        };
        let two = |last: Candidate| vec![listened(0, 9e9), last];
        for (rows, at, bytes, parts) in [
            (two(copy), 1, 1 << 30, ["one copy", "-10.000"]),
            (two(silent.clone()), 1, 1 << 30, ["nobody", "No budget"]),
            (
                two(listened(1, 5.0)),
                1,
                1,
                ["Not kept", "listens, which serve less"],
            ),
            (
                two(listened(1, 5.0)),
                0,
                20_000_000,
                ["keeps it in 50 %", "kept here too"],
            ),
            (
                two(listened(1, 5.0)),
                0,
                9_000_000,
                ["ended at", "a value of"],
            ),
            (two(silent), 0, 1 << 30, ["better form", "Kept as FLAC"]),
        ] {
            let text = words_by(&policy, rows, at, room(bytes));
            assert!(
                parts.iter().all(|part| text.contains(part)),
                "{bytes}: {text}"
            );
        }
    }
}
