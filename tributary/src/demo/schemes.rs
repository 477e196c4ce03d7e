//! The programmes of the story: what its funders pay for, and which took the place of which.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveTime};
use domain::calendar::rules::Moment;
use domain::programmes::ops::{self, ProgrammeTerms};
use domain::{Ctx, Db, Money};
use entity::{OrganisationId, ProgrammeId, StageKind};

use super::story::Story;
use crate::Failure;

/// A programme of the story.
struct Scheme {
    slug: &'static str,
    funder: &'static str,
    name: &'static str,
    /// The awards that are made under it, by their title.
    awards: &'static [&'static str],
    priorities: &'static str,
    smallest: Option<i64>,
    largest: Option<i64>,
    /// From today, in days.
    opens: Option<i64>,
    closes: Option<i64>,
    noon: bool,
    stages: &'static [StageKind],
    after: &'static [&'static str],
    notes: &'static str,
}

/// A scheme that is over, or of which little is known.
const PLAIN: Scheme = Scheme {
    slug: "",
    funder: "",
    name: "",
    awards: &[],
    priorities: "",
    smallest: None,
    largest: None,
    opens: None,
    closes: None,
    noon: false,
    stages: &[],
    after: &[],
    notes: "",
};

const IN_STAGES: &[StageKind] = &[
    StageKind::Expression,
    StageKind::Full,
    StageKind::Assessment,
    StageKind::Decision,
];
const AT_ONCE: &[StageKind] = &[StageKind::Full, StageKind::Assessment, StageKind::Decision];

const SCHEMES: &[Scheme] = &[
    Scheme {
        slug: "treatment-before",
        funder: "department",
        name: "Substance Misuse Treatment and Recovery Grant",
        awards: &["Substance Misuse Treatment and Recovery Grant (the scheme before)"],
        closes: Some(-700),
        ..PLAIN
    },
    Scheme {
        slug: "rough-sleeping-before",
        funder: "department",
        name: "Rough Sleeping Drug and Alcohol Treatment Grant",
        closes: Some(-700),
        notes: "It never came to Marlshire.",
        ..PLAIN
    },
    Scheme {
        slug: "merged",
        funder: "department",
        name: "Substance Misuse Recovery and Rough Sleeping Grant",
        awards: &["Substance Misuse Recovery and Rough Sleeping Grant"],
        priorities: "More people in treatment, better treatment, and recovery that lasts.\n\
                     Help for people who sleep rough.",
        after: &["treatment-before", "rough-sleeping-before"],
        notes: "Allocated to councils, not applied for. Both schemes before it went into it.",
        ..PLAIN
    },
    Scheme {
        slug: "belong",
        funder: "lottery",
        name: "A place to belong",
        awards: &["A place to belong", "A place to belong: pilot"],
        closes: Some(-560),
        stages: IN_STAGES,
        ..PLAIN
    },
    Scheme {
        slug: "people-lead",
        funder: "lottery",
        name: "People in the lead",
        priorities: "Communities that decide and do for themselves.\n\
                     People who have been through it, paid to lead.\n\
                     Places that stay after the grant ends.",
        smallest: Some(20_000_00),
        largest: Some(500_000_00),
        opens: Some(-60),
        closes: Some(23),
        noon: true,
        stages: IN_STAGES,
        after: &["belong"],
        notes: "They want to see that people in recovery decided what to ask for. Ring Bea before \
                sending anything.",
        ..PLAIN
    },
    Scheme {
        slug: "peers",
        funder: "foundation",
        name: "Peer support fund",
        awards: &["Peer mentors"],
        priorities: "Peer support in small places.",
        largest: Some(200_000_00),
        stages: AT_ONCE,
        ..PLAIN
    },
    Scheme {
        slug: "gardens",
        funder: "foundation",
        name: "Gardens and growing",
        priorities: "Growing food together.",
        smallest: Some(5_000_00),
        largest: Some(60_000_00),
        opens: Some(30),
        closes: Some(90),
        stages: AT_ONCE,
        ..PLAIN
    },
    Scheme {
        slug: "safer",
        funder: "pcc",
        name: "Safer streets, longer recovery",
        priorities: "Fewer people back in custody within a year.",
        largest: Some(250_000_00),
        opens: Some(-120),
        closes: Some(-40),
        noon: true,
        stages: AT_ONCE,
        ..PLAIN
    },
];

fn moment(today: NaiveDate, days: i64, noon: bool) -> Moment {
    let by = Days::new(days.unsigned_abs());
    let on = if days < 0 { today - by } else { today + by };
    Moment {
        on,
        at: noon.then(|| NaiveTime::from_hms_opt(12, 0, 0)).flatten(),
    }
}

/// Records the programmes. Gives them by their slug and by the titles of their awards.
pub async fn record(
    db: &Db,
    officer: &Ctx,
    story: &Story,
    organisations: &BTreeMap<String, OrganisationId>,
    today: NaiveDate,
) -> Result<BTreeMap<String, ProgrammeId>, Failure> {
    let mut made: BTreeMap<String, ProgrammeId> = BTreeMap::new();
    for scheme in SCHEMES {
        let funder_id = organisations
            .get(scheme.funder)
            .copied()
            .ok_or_else(|| Failure::new(format!("no {} in the story", scheme.funder)))?;
        let new = ProgrammeTerms {
            funder_id,
            name: scheme.name.to_owned(),
            priorities: scheme.priorities.to_owned(),
            smallest_pence: scheme.smallest.map(Money),
            largest_pence: scheme.largest.map(Money),
            opens: scheme.opens.map(|days| moment(today, days, false)),
            closes: scheme.closes.map(|days| moment(today, days, scheme.noon)),
            predecessor_ids: scheme
                .after
                .iter()
                .filter_map(|slug| made.get(*slug).copied())
                .collect(),
            stages: scheme.stages.to_vec(),
            link: String::new(),
            notes: scheme.notes.to_owned(),
        };
        let id = ops::create(db, officer, &new).await?;
        made.insert(scheme.slug.to_owned(), id);
        for award in story
            .awards
            .iter()
            .filter(|award| scheme.awards.contains(&award.title.as_str()))
        {
            made.insert(award.title.clone(), id);
        }
    }
    Ok(made)
}
