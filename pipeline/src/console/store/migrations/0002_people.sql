-- People: links for passwords, and when somebody last came in.

-- Whose password a link sets; empty for the first administrator's.
ALTER TABLE welcome_tokens ADD COLUMN user_id TEXT NOT NULL DEFAULT ''

ALTER TABLE users ADD COLUMN last_sign_in BIGINT

-- The form token is made of the session's secret, so the store need not know it.
ALTER TABLE sessions DROP COLUMN csrf

ALTER TABLE sessions DROP COLUMN agent

-- Sign-in by an identity provider keeps its state in the browser's cookie, and wrong passwords in memory.
DROP TABLE oidc_logins

DROP TABLE login_failures
