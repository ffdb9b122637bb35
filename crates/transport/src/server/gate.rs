//! Refuses every call that no rule opens to its caller.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::Either;
use http::{Extensions, Request, Response};
use renkei_runtime::{Clock, Timestamp};
use tonic::Status;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tower::{Layer, Service};

use super::rules::{Callers, Rules};
use crate::identity::{Identity, Leaf};

/// A tower layer that lets a call pass if its caller's certificate names a role of this realm that the [`Rules`] admit,
/// and puts the caller's [`Identity`] into the request's extensions. Everything else is refused before the service
/// sees it, with `UNAUTHENTICATED` (no clear or no valid certificate) or `PERMISSION_DENIED`, and logged. In front of an
/// [`crate::enrolment_server`] it asks for no certificate, and lets pass what is open to anyone.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Doorman>);

#[derive(Debug)]
struct Doorman {
    callers: Known,
    rules: Rules,
}

/// Whether callers have to say who they are.
#[derive(Debug)]
enum Known {
    /// By a certificate of this realm that is valid by this clock.
    Of { realm: String, clock: Arc<dyn Clock> },
    /// No: TLS asks for no certificate.
    Not,
}

impl Gate {
    /// A gate for the services of `realm`.
    pub(super) fn new(realm: &str, rules: Rules, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Doorman { callers: Known::Of { realm: realm.to_owned(), clock }, rules }))
    }

    /// A gate for callers without a certificate.
    pub(super) fn open(rules: Rules) -> Self {
        Self(Arc::new(Doorman { callers: Known::Not, rules }))
    }
}

impl Doorman {
    /// The caller, where it has to be known.
    fn admit(&self, extensions: &Extensions, path: &str) -> Result<Option<Identity>, Status> {
        let Known::Of { realm, clock } = &self.callers else {
            self.judge(None, path).inspect_err(|refusal| {
                tracing::warn!(reason = refusal.message(), "a call without a certificate was refused");
            })?;
            return Ok(None);
        };
        let caller = caller(extensions, clock.now()).inspect_err(|refusal| {
            tracing::warn!(reason = refusal.message(), "a call without a usable certificate was refused");
        })?;
        belongs(&caller, realm).and_then(|()| self.judge(Some(&caller), path)).inspect_err(|refusal| {
            tracing::warn!(%caller, reason = refusal.message(), "a call was refused");
        })?;
        Ok(Some(caller))
    }

    fn judge(&self, caller: Option<&Identity>, path: &str) -> Result<(), Status> {
        // The path is the caller's text: it is named only where it is a rule's too.
        let Some((rule, callers)) = self.rules.of(path) else {
            return Err(Status::permission_denied("no role may call this path"));
        };
        match (callers, caller) {
            (Callers::Anyone, _) => Ok(()),
            (Callers::Roles(roles), Some(caller)) if roles.contains(&caller.role()) => Ok(()),
            (Callers::Roles(_), Some(caller)) => {
                let text = format!("the caller is {caller}, and the role {} may not call {rule}", caller.role());
                Err(Status::permission_denied(text))
            }
            (Callers::Roles(_), None) => Err(Status::permission_denied(format!("nobody may call {rule} here"))),
        }
    }
}

/// TLS has checked who signed the certificate; also that it was valid, but a connection can outlive that.
fn caller(extensions: &Extensions, now: Timestamp) -> Result<Identity, Status> {
    let certificates = extensions.get::<TlsConnectInfo<TcpConnectInfo>>().and_then(TlsConnectInfo::peer_certs);
    let Some(own) = certificates.as_ref().and_then(|chain| chain.first()) else {
        return Err(Status::unauthenticated("the caller showed no certificate"));
    };
    let leaf =
        Leaf::read(own).map_err(|unclear| Status::unauthenticated(format!("the caller's certificate {unclear}")))?;
    if now < leaf.from || leaf.until < now {
        let text =
            format!("the caller's certificate is valid from {} until {}, now it is {now}", leaf.from, leaf.until);
        return Err(Status::unauthenticated(text));
    }
    Ok(leaf.identity)
}

fn belongs(caller: &Identity, realm: &str) -> Result<(), Status> {
    if caller.realm() == realm {
        return Ok(());
    }
    Err(Status::permission_denied(format!("the caller is {caller}, and this server is for {realm} only")))
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { inner, doorman: Arc::clone(&self.0) }
    }
}

/// A service behind a [`Gate`].
#[derive(Debug, Clone)]
pub struct Gated<S> {
    inner: S,
    doorman: Arc<Doorman>,
}

impl<S, B, R> Service<Request<B>> for Gated<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Either<Ready<Result<Response<R>, S::Error>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.doorman.admit(request.extensions(), request.uri().path()) {
            Ok(caller) => {
                if let Some(caller) = caller {
                    request.extensions_mut().insert(caller);
                }
                Either::Right(self.inner.call(request))
            }
            Err(refusal) => Either::Left(ready(Ok(refusal.into_http()))),
        }
    }
}
