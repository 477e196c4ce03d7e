-- The page that somebody wanted when they asked to sign in: a reminder's link, opened while signed out, leads there after all.
ALTER TABLE sign_in_link ADD COLUMN goes_to {text};
