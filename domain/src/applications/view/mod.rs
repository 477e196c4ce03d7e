//! Applications as readers get them.

mod bank;
mod one;
mod pipeline;

pub use bank::{Earlier, bank, bank_about};
pub use one::{
    AnswerVersion, ApplicationView, AskedLine, DecisionView, DocumentView, EventView, OfferView,
    QuestionView, SentView, StageView, SubmissionView, TaskView, document, one, question_history,
    receipt,
};
pub use pipeline::{
    ApplicationFilter, ApplicationOrder, ApplicationSummary, Pipeline, list, pipeline,
};
