use std::path::Path;

use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use crate::error::Error;

/// Whom to trust, and who this client is. The default trusts the system's certificates, and has none of its own.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    authorities: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    server_name: Option<String>,
}

impl Tls {
    /// The certificates, PEM, that a server's certificate must come from.
    pub fn authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities = Some(pem.into());
        self
    }

    /// The same from a file.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn authorities_file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(self.authorities(read(path.as_ref())?))
    }

    /// The client's own certificate and key, PEM; servers that know their clients ask for them.
    pub fn identity(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// The same from files.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn identity_files(self, certificate: impl AsRef<Path>, key: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(self.identity(read(certificate.as_ref())?, read(key.as_ref())?))
    }

    /// The name that the server's certificate must have. Default: the address's host.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    pub(crate) fn config(self) -> ClientTlsConfig {
        let mut config = match self.authorities {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        if let Some((certificate, key)) = self.identity {
            config = config.identity(Identity::from_pem(certificate, key));
        }
        match self.server_name {
            Some(name) => config.domain_name(name),
            None => config,
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|reason| Error::Io(path.display().to_string(), reason))
}
