//! Sign-in by an identity provider: OpenID Connect, code flow with PKCE.
//!
//! ```text
//! /oidc/start ─► provider's page ─► /oidc/callback?code&state ─► code exchanged ─► ID token checked ─► user
//! ```
//! What the way back must match (state, nonce, PKCE verifier) lies in a cookie that scripts cannot read, so the
//! console keeps nothing for people who never come back.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use std::fmt;
use std::pin::Pin;
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;

/// How long one request to the provider may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How an ID token may be signed: by keys of which only the provider has the secret half.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// Largest answer of the provider.
const LARGEST: usize = 1 << 20;

/// `[console.oidc]` of CITY.toml.
#[derive(Clone, PartialEq, Eq)]
pub struct OidcConfig {
    /// The provider's address, as its discovery document names it.
    pub issuer: String,
    /// Who we are to the provider.
    pub client_id: String,
    /// Our secret, where the provider gave one.
    pub client_secret: Option<String>,
    /// What the button says.
    pub name: String,
}

impl fmt::Debug for OidcConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OidcConfig({} as {})", self.issuer, self.client_id)
    }
}

/// Where to send the browser, and what it must come back with.
#[derive(Debug)]
pub struct Departure {
    /// The provider's page.
    pub url: String,
    /// For the cookie.
    pub ticket: String,
}

/// Who came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The issuer and its name for the user: what never changes.
    pub subject: String,
    /// A name for people.
    pub name: String,
}

/// Why the provider let nobody in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider cannot be reached, or says what cannot be understood.
    #[error("the identity provider cannot be used: {0}")]
    Provider(String),
    /// What came back is not what was sent out.
    #[error("this sign-in did not begin here, or took too long")]
    Ticket,
    /// The ID token is not to be trusted.
    #[error("the identity provider's answer is not valid: {0}")]
    Token(String),
}

/// An identity provider, found when it is first needed.
#[derive(Debug)]
pub struct Oidc {
    config: OidcConfig,
    redirect: String,
    http: reqwest::Client,
    /// Its discovery document and keys. Fetched anew after a token that did not hold: the keys may have changed.
    found: Mutex<Option<CoreProviderMetadata>>,
}

impl Oidc {
    /// A provider that sends people back to `{base}/oidc/callback`.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(config: OidcConfig, base: &str) -> Result<Self, OidcError> {
        // Redirects are not followed: the provider must not send us to addresses of its choice.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT).build();
        let http = http.map_err(|e| OidcError::Provider(e.to_string()))?;
        let redirect = format!("{}/oidc/callback", base.trim_end_matches('/'));
        Ok(Oidc { config, redirect, http, found: Mutex::default() })
    }

    /// What the button says.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// The provider cannot be found.
    pub async fn depart(&self) -> Result<Departure, OidcError> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let metadata = self.metadata().await?;
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(self.config.client_id.clone()), None)
            .set_redirect_uri(self.redirect()?);
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let ticket = format!("{}.{}.{}", state.secret(), nonce.secret(), verifier.secret());
        Ok(Departure { url: url.to_string(), ticket })
    }

    /// Ends a sign-in.
    ///
    /// # Errors
    /// It did not begin here, the provider refuses the code, or its ID token does not hold.
    pub async fn arrive(&self, ticket: &str, state: &str, code: &str) -> Result<Arrival, OidcError> {
        let mut parts = ticket.split('.');
        let (Some(sent), Some(nonce), Some(verifier)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(OidcError::Ticket);
        };
        if sent.is_empty() || !bool::from(sent.as_bytes().ct_eq(state.as_bytes())) {
            return Err(OidcError::Ticket);
        }
        let secret = self.config.client_secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(
            self.metadata().await?,
            ClientId::new(self.config.client_id.clone()),
            secret,
        )
        .set_redirect_uri(self.redirect()?);
        let fetch = asker(&self.http);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|e| OidcError::Provider(e.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&fetch)
            .await
            .map_err(|e| OidcError::Token(words(&e)))?;
        let token: &CoreIdToken = answer.id_token().ok_or_else(|| OidcError::Token("it has no ID token".to_owned()))?;
        let verifier = client.id_token_verifier().set_allowed_algs(SIGNED_BY);
        let claims: &CoreIdTokenClaims = match token.claims(&verifier, &Nonce::new(nonce.to_owned())) {
            Ok(claims) => claims,
            Err(error) => {
                *self.found.lock().await = None;
                return Err(OidcError::Token(words(&error)));
            }
        };
        let subject = claims.subject().as_str();
        let preferred = claims.preferred_username().map(|name| name.as_str().to_owned());
        let name = preferred.or_else(|| claims.email().map(|mail| mail.as_str().to_owned()));
        let name = name.unwrap_or_else(|| subject.to_owned());
        Ok(Arrival { subject: format!("{}#{subject}", claims.issuer().as_str()), name })
    }

    fn redirect(&self) -> Result<RedirectUrl, OidcError> {
        RedirectUrl::new(self.redirect.clone()).map_err(|e| OidcError::Provider(e.to_string()))
    }

    async fn metadata(&self) -> Result<CoreProviderMetadata, OidcError> {
        let mut found = self.found.lock().await;
        if let Some(metadata) = found.as_ref() {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(|e| OidcError::Provider(e.to_string()))?;
        let fetch = asker(&self.http);
        let fresh = CoreProviderMetadata::discover_async(issuer, &fetch).await;
        let fresh = fresh.map_err(|e| OidcError::Provider(words(&e)))?;
        *found = Some(fresh.clone());
        Ok(fresh)
    }
}

type Fetching = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send>>;

/// What the library asks the provider with.
fn asker(http: &reqwest::Client) -> impl Fn(HttpRequest) -> Fetching + use<> {
    let http = http.clone();
    move |request| Box::pin(fetch(http.clone(), request))
}

async fn fetch(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, FetchError> {
    let request = reqwest::Request::try_from(request)?;
    let mut answer = http.execute(request).await?;
    let mut made = openidconnect::http::Response::builder().status(answer.status());
    if let Some(headers) = made.headers_mut() {
        *headers = answer.headers().clone();
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        body.extend_from_slice(&part);
        if body.len() > LARGEST {
            return Err(FetchError::Large);
        }
    }
    made.body(body).map_err(|_| FetchError::Large)
}

/// Why a request to the provider failed.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer is too large")]
    Large,
}

/// An error with its causes: the outermost one of the library says little.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
