//! Typed ids: a person's id cannot be passed where an award's is meant. UUIDs of version 7, so
//! that rows made later sort later.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($name:ident => $of:literal,)*) => {$(
        #[doc = concat!("The id of ", $of, ".")]
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            Serialize, Deserialize, DeriveValueType, utoipa::ToSchema,
        )]
        #[schema(value_type = uuid::Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id that sorts after those made before it.
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(n: u64) -> Result<Self, sea_orm::DbErr> {
                Uuid::try_from_u64(n).map(Self)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

ids! {
    AllocationId => "an allocation",
    ApiTokenId => "an API token",
    ApplicationAnswerId => "an answer of an application",
    ApplicationDocumentId => "a document of an application",
    ApplicationId => "an application",
    ApplicationOfferId => "an offer on an application",
    ApplicationQuestionId => "a question of an application",
    ApplicationTaskId => "a task of an application",
    ApportionmentId => "a split of spend",
    AttributionRunId => "an attribution run",
    AuditEntryId => "an audit entry",
    AwardAcceptanceId => "that a term of an award is what a letter says",
    AwardAmendmentId => "an amendment of an award",
    AwardConditionEventId => "what happened to a condition of an award",
    AwardConditionId => "a condition of an award",
    AwardConditionVersionId => "a version of a condition of an award",
    AwardClosureId => "a closure of an award",
    AwardId => "an award",
    AwardLetterId => "a letter of an award",
    AwardMoneyId => "money of an award that was received, claimed or repaid",
    AwardPassageId => "a passage of an award's letter",
    AwardPaymentId => "a payment of an award's schedule",
    AwardSuspensionId => "a suspension of an award",
    AwardVirementEventId => "what happened to a virement",
    AwardVirementId => "a virement between fences of an award",
    AwardYearEventId => "what was agreed of an award year",
    AwardYearId => "an award year",
    BoardDecisionId => "a board's decision",
    CalendarFeedId => "a calendar address",
    CategoryMapId => "a map of a funder's budget lines",
    ChargeCapId => "how much may be charged for management",
    CodingMapRowId => "a row of the coding map",
    CommitmentId => "a commitment",
    ContactId => "a contact",
    ContributionId => "a contribution",
    ContributionStatementId => "a statement of a contribution",
    CostCategoryId => "a cost category",
    DeadlineId => "a deadline",
    DocumentShareEventId => "that a document was shared, or that this was taken back",
    FenceId => "a fence",
    FileId => "a file",
    ForecastId => "a forecast",
    FormDraftFieldId => "a field of a form that is being mapped",
    FormDraftId => "a form that is being mapped",
    FormFieldId => "a form's field",
    FunderLinkId => "a link for somebody at a funder",
    FunderLinkOpeningId => "that a funder's link was opened",
    FunderLinkSecretId => "what is kept of a funder's link",
    FunderQuestionEventId => "what was said to a funder's question",
    FunderQuestionId => "a question of a funder's officer",
    GrantImportId => "a file of published grants",
    GrantReturnId => "a return",
    ImportFaultId => "a faulty row of an import",
    ImportProfileId => "an import profile",
    JobId => "a job",
    JournalId => "a journal",
    LedgerBalanceId => "what the ledger says of a cost centre and a month",
    LedgerPeriodId => "a ledger period",
    MailId => "a mail",
    MatchFundingId => "a record of match funding",
    MembershipId => "a membership",
    OrganisationId => "an organisation",
    PaperId => "a paper to decide on",
    PersonId => "a person",
    PoolBalanceRuleId => "what was agreed of what a pool overspends and leaves",
    PoolDisclosureId => "what a funder agreed of being shown to a pool's other funders",
    PoolId => "a pool",
    PoolPolicyId => "a pool's agreed rule",
    PoolRunRuleId => "what was said of which runs of a pool take effect by themselves",
    ProgrammeId => "a funder's programme",
    PublishedGrantId => "a published grant",
    RecordCommentId => "a comment beside a record",
    RecordDocumentId => "a document beside a record",
    RequirementId => "a reporting requirement",
    ReturnFormId => "a return form",
    SessionId => "a session",
    SignInLinkId => "a sign-in link",
    SpendImportId => "an import of spend",
    SpendLineId => "a spend line",
    SpendPinId => "a pin of a spend line",
    WaitingLineId => "a line that waits to be coded",
}
