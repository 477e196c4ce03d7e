//! Returns as readers get them: the same for JSON, pages and mail.

mod certified;
mod certify;
mod claim;
mod figure;
mod files;
mod findings;
mod funder_asks;
mod list;
mod one;
mod pack;
mod parts;
mod pinned;
mod problems;
mod requirements;
mod sent_back;
mod today;

pub use certified::CertifiedIn;
pub use certify::{CertifyPage, MoneyLine, Overridden, Silenced, certify_page};
pub use claim::{Claim, LastReturn, Narrative};
pub use figure::{Figure, FigureLine, LinePage, figure};
pub use files::{
    certified_workbook, receipt, sent_workbook, signed_paper, signed_so_far, workbook, workbook_of,
};
pub(crate) use findings::{Found, check};
pub use findings::{LetStandBecause, findings};
pub use funder_asks::{AskedByFunder, FunderAsks};
pub use list::{ReturnFilter, ReturnOrder, ReturnSummary, list};
pub(crate) use one::changed_since;
pub use one::{
    AnswerView, BoardView, CertificationView, EventView, ReturnView, SectionView, SendingView,
    SignedThen, checked, one, section_of,
};
pub use one::{Restated, questions, restatement};
pub use pack::{Pack, pack};
pub use pinned::{Pinned, Pins};
pub use problems::{DraftingProblem, drafting_problems};
pub use requirements::{
    Asked, Change, Part, RequirementView, Signatory, Who, look_ahead, requirement, requirements,
    who_may,
};
pub use sent_back::{AgreedBefore, AskedAgain, ChangedAnswer, SentBack};
pub use today::{ChangedSinceSent, Today, TodayItem, today};
