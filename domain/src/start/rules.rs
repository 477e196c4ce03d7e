//! The steps of a guided start. Each says why it is needed, who does it, and what it waits for.

use entity::Role;

/// A step of the start, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The people who do the work may sign in.
    People,
    /// The funder and whoever holds the money are known.
    Organisations,
    /// The charity's own chart of costs.
    Categories,
    /// The agreement with a funder.
    Award,
    /// The purpose that the award's money is put behind.
    Pool,
    /// How the finance system's file is laid out.
    Layout,
    /// What the finance system's codes mean.
    CodingMap,
    /// The first file of spend counts.
    Spend,
    /// The funder's workbook, with what goes where.
    Form,
    /// What the award asks to be reported, and by when.
    Requirement,
    /// The first return is drafted.
    Draft,
}

impl utoipa::PartialSchema for Step {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(Self::ALL.map(Self::slug)))
            .into()
    }
}

impl utoipa::ToSchema for Step {
    fn name() -> std::borrow::Cow<'static, str> {
        "StartStep".into()
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = StartStanding)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is done.
    Done,
    /// It can be done now.
    Ready,
    /// It can be done now, and many do without.
    Optional,
    /// Another comes first.
    Later,
}

/// What is recorded already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)]
pub struct Facts {
    /// Somebody holds the role of grants officer today, and somebody that of finance officer.
    pub people: bool,
    /// The organisations that an award needs: two besides the charity, or those of an award.
    pub organisations: bool,
    /// A cost category.
    pub categories: bool,
    /// An award.
    pub award: bool,
    /// A pool that an award contributes to.
    pub pool: bool,
    /// A layout of the finance system's files.
    pub layout: bool,
    /// A layout that names no pool and no cost category, so that the map has to.
    pub codes_only: bool,
    /// A row of the coding map.
    pub coding_map: bool,
    /// An accepted file of spend.
    pub spend: bool,
    /// A return form that may be asked for.
    pub form: bool,
    /// A reporting requirement.
    pub requirement: bool,
    /// A return that was drafted.
    pub draft: bool,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 11] = [
        Self::People,
        Self::Organisations,
        Self::Categories,
        Self::Award,
        Self::Pool,
        Self::Layout,
        Self::CodingMap,
        Self::Spend,
        Self::Form,
        Self::Requirement,
        Self::Draft,
    ];

    /// Stable name.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Organisations => "organisations",
            Self::Categories => "categories",
            Self::Award => "award",
            Self::Pool => "pool",
            Self::Layout => "layout",
            Self::CodingMap => "coding-map",
            Self::Spend => "spend",
            Self::Form => "form",
            Self::Requirement => "requirement",
            Self::Draft => "draft",
        }
    }

    /// What to do, in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::People => "Let in a grants officer and a finance officer",
            Self::Organisations => "Add the funder, and whoever holds the money",
            Self::Categories => "Name what money is spent on",
            Self::Award => "Record an award",
            Self::Pool => "Set up a pool",
            Self::Layout => "Say how the finance system’s file is laid out",
            Self::CodingMap => "Say what its codes mean",
            Self::Spend => "Load a file of spend",
            Self::Form => "Add the funder’s return form",
            Self::Requirement => "Say what the award asks to be reported",
            Self::Draft => "Read the first draft",
        }
    }

    /// Why it is needed, and what helps.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::People => {
                "They do what follows. As long as you are the only administrator you may take both roles \
                 yourself: invite your own address. Whoever certifies, and the boards, can come later."
            }
            Self::Organisations => {
                "The council, if it holds the money for you, and the funder of your first award. \
                 Each by its public number, so that published data find it."
            }
            Self::Categories => {
                "Your own cost categories: staff, premises, peer support. Restrictions and return forms \
                 refer to them. Five to ten are enough to begin with."
            }
            Self::Award => {
                "From the award letter: how much, for how long, on what legal basis, what it may pay for."
            }
            Self::Pool => {
                "The purpose that awards are put behind, with the agreed order in which they pay. \
                 Money that is not pooled is a pool of one."
            }
            Self::Layout => {
                "Once, from one of its files: which column is the date, which the amount."
            }
            Self::CodingMap => {
                "If the file has cost centres and accounts, and neither pools nor your cost categories."
            }
            Self::Spend => {
                "A month or a quarter. What cannot be read is told row by row; nothing counts until \
                 you accept it."
            }
            Self::Form => {
                "The funder’s own workbook, as you got it. Tributary proposes what goes into which \
                 cell; you confirm it once."
            }
            Self::Requirement => {
                "On which form, for which periods, how long after. From then on each return is \
                 drafted by itself when its period has ended."
            }
            Self::Draft => {
                "It is drafted within a minute of the step before, if its period has ended."
            }
        }
    }

    /// Those whose move it is: any one of these roles.
    #[must_use]
    pub const fn who(self) -> &'static [Role] {
        match self {
            Self::People => &[Role::Administrator],
            Self::Organisations => &[Role::GrantsOfficer, Role::Administrator],
            Self::Categories | Self::Pool => &[Role::GrantsOfficer, Role::FinanceOfficer],
            Self::Award | Self::Form | Self::Requirement => &[Role::GrantsOfficer],
            Self::Layout | Self::CodingMap | Self::Spend => &[Role::FinanceOfficer],
            Self::Draft => &[
                Role::GrantsOfficer,
                Role::FinanceOfficer,
                Role::Administrator,
                Role::Certifier,
            ],
        }
    }

    /// About how long it takes at first, in minutes.
    #[must_use]
    pub const fn minutes(self) -> u8 {
        match self {
            Self::Pool | Self::Spend => 3,
            Self::People | Self::Organisations | Self::Categories => 4,
            Self::Award | Self::Layout | Self::CodingMap | Self::Draft => 5,
            Self::Requirement => 8,
            Self::Form => 12,
        }
    }

    /// What has to be there before it.
    #[must_use]
    pub const fn needs(self) -> &'static [Self] {
        match self {
            Self::People | Self::Organisations | Self::Categories | Self::Layout => &[],
            Self::Award | Self::Form => &[Self::Organisations],
            Self::Pool => &[Self::Award],
            Self::CodingMap => &[Self::Categories, Self::Pool],
            Self::Spend => &[Self::Categories, Self::Pool, Self::Layout],
            Self::Requirement => &[Self::Award, Self::Form],
            Self::Draft => &[Self::Spend, Self::Requirement],
        }
    }

    /// Whether it is done.
    #[must_use]
    pub const fn is_done(self, facts: &Facts) -> bool {
        match self {
            Self::People => facts.people,
            Self::Organisations => facts.organisations,
            Self::Categories => facts.categories,
            Self::Award => facts.award,
            Self::Pool => facts.pool,
            Self::Layout => facts.layout,
            Self::CodingMap => facts.coding_map,
            Self::Spend => facts.spend,
            Self::Form => facts.form,
            Self::Requirement => facts.requirement,
            Self::Draft => facts.draft,
        }
    }

    /// How far it is; with what it waits for.
    #[must_use]
    pub fn standing(self, facts: &Facts) -> (Standing, Vec<Self>) {
        if self.is_done(facts) {
            return (Standing::Done, Vec::new());
        }
        // A file whose layout names no pool needs the map first; any other can do without.
        let needs_map = matches!(self, Self::Spend) && facts.codes_only;
        let missing: Vec<Self> = self
            .needs()
            .iter()
            .copied()
            .chain(needs_map.then_some(Self::CodingMap))
            .filter(|step| !step.is_done(facts))
            .collect();
        if !missing.is_empty() {
            (Standing::Later, missing)
        } else if matches!(self, Self::CodingMap) && !facts.codes_only {
            (Standing::Optional, missing)
        } else {
            (Standing::Ready, missing)
        }
    }
}

/// The step to take next: the first that can be taken, and is not one that many do without.
#[must_use]
pub fn next(facts: &Facts) -> Option<Step> {
    Step::ALL
        .into_iter()
        .find(|step| step.standing(facts).0 == Standing::Ready)
}
