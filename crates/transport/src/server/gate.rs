//! Refuses every call that no rule opens to its caller.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::Either;
use http::{Extensions, Request, Response};
use renkei_runtime::Clock;
use tonic::Status;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tower::{Layer, Service};

use super::rules::Rules;
use crate::identity::{Identity, Leaf};

/// A tower layer that lets a call pass if its caller's certificate names a role of this realm that the [`Rules`] admit,
/// and puts the caller's [`Identity`] into the request's extensions. Everything else is refused before the service
/// sees it, with `UNAUTHENTICATED` (no clear or no valid certificate) or `PERMISSION_DENIED`, and logged.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Doorman>);

#[derive(Debug)]
struct Doorman {
    realm: String,
    rules: Rules,
    clock: Arc<dyn Clock>,
}

impl Gate {
    /// A gate for the services of `realm`.
    #[must_use]
    pub fn new(realm: &str, rules: Rules, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Doorman { realm: realm.to_owned(), rules, clock }))
    }
}

impl Doorman {
    fn admit(&self, extensions: &Extensions, path: &str) -> Result<Identity, Status> {
        let caller = self.caller(extensions).inspect_err(|refusal| {
            tracing::warn!(reason = refusal.message(), "a call without a usable certificate was refused");
        })?;
        self.judge(&caller, path).inspect_err(|refusal| {
            tracing::warn!(%caller, reason = refusal.message(), "a call was refused");
        })?;
        Ok(caller)
    }

    /// TLS has checked who signed the certificate; also that it was valid, but a connection can outlive that.
    fn caller(&self, extensions: &Extensions) -> Result<Identity, Status> {
        let certificates = extensions.get::<TlsConnectInfo<TcpConnectInfo>>().and_then(TlsConnectInfo::peer_certs);
        let Some(own) = certificates.as_ref().and_then(|chain| chain.first()) else {
            return Err(Status::unauthenticated("the caller showed no certificate"));
        };
        let leaf = Leaf::read(own)
            .map_err(|unclear| Status::unauthenticated(format!("the caller's certificate {unclear}")))?;
        let now = self.clock.now();
        if now < leaf.from || leaf.until < now {
            let text =
                format!("the caller's certificate is valid from {} until {}, now it is {now}", leaf.from, leaf.until);
            return Err(Status::unauthenticated(text));
        }
        Ok(leaf.identity)
    }

    fn judge(&self, caller: &Identity, path: &str) -> Result<(), Status> {
        if caller.realm() != self.realm {
            let text = format!("the caller is {caller}, and this server is for {} only", self.realm);
            return Err(Status::permission_denied(text));
        }
        // The path is the caller's text: it is named only where it is a rule's too.
        let Some((rule, roles)) = self.rules.of(path) else {
            return Err(Status::permission_denied("no role may call this path"));
        };
        if !roles.contains(&caller.role()) {
            let text = format!("the caller is {caller}, and the role {} may not call {rule}", caller.role());
            return Err(Status::permission_denied(text));
        }
        Ok(())
    }
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
                request.extensions_mut().insert(caller);
                Either::Right(self.inner.call(request))
            }
            Err(refusal) => Either::Left(ready(Ok(refusal.into_http()))),
        }
    }
}
