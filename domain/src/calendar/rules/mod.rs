//! Rules of the calendar. Values in, values out: nothing here reads a clock.
//!
//! - [`bank_holidays`]: the bank holidays of each nation, computed, with the one-off days.
//! - [`working_days`]: counting in days that are neither weekend nor bank holiday.
//! - [`london`]: which date an instant has in London, and which instant a London time is.
//! - [`moment`]: a London date, with a time where one is stated.
//! - [`ics`]: days as a calendar program reads them.
//! - [`months`]: months by their first day.
//! - [`words`]: dates and times as the pages write them.

pub mod bank_holidays;
pub mod hours_and_minutes;
pub mod ics;
pub mod london;
pub mod moment;
pub mod months;
pub mod words;
pub mod working_days;

pub use bank_holidays::{
    BankHoliday, CalendarWarning, KNOWN_FROM, KNOWN_UNTIL, NATIONS, bank_holiday_on, bank_holidays,
    easter_sunday, nation_name, warning_about,
};
pub use entity::Nation;
pub use london::{
    end_of_day, instant_in_london, local_time, london_date, start_of_day, today_if_after,
};
pub use moment::Moment;
pub use months::{
    first_of_month, first_of_quarter, implausible, is_first_of_month, is_plausible, months_of,
    not_agreed_yet,
};
pub use words::{
    date_in_words, date_without_weekday, due_in_words, instant_in_words, moment_in_words,
    months_in_words, time_in_words, when_in_words,
};
pub use working_days::{
    is_working_day, last_of_month, nth_working_day_of_month, working_day_on_or_after,
    working_day_on_or_before, working_days_after, working_days_before, working_days_between,
};
