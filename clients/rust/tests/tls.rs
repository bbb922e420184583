//! Encrypted connections, and who may make them.

mod common;

use common::*;
use ipftrace::v1::GetNodeRequest;
use ipftrace::{Client, Error, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key, PEM.
fn issue(authority: &Authority, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

async fn serve_encrypted(authority: &Authority) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (certificate, key) = issue(authority, "node");
    let tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(certificate, key))
        .client_ca_root(Certificate::from_pem(authority.pem()));
    let service = Server::new(Vec::new()).service();
    tokio::spawn(async move {
        let running = tonic::transport::Server::builder().tls_config(tls).unwrap().add_service(service);
        running.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
    });
    address
}

async fn answers(address: &str, tls: Tls) -> Result<(), String> {
    let client = Client::connect_tls(address, tls).await.map_err(|error| error.to_string())?;
    client.traces().get_node(GetNodeRequest {}).await.map_err(|status| status.to_string())?;
    Ok(())
}

#[tokio::test]
async fn both_sides_show_who_they_are() {
    let (signed, other) = (authority(), authority());
    let address = serve_encrypted(&signed).await;
    let to_node = || Tls::default().authorities(signed.pem()).server_name("node");
    let own = issue(&signed, "reader");
    let strange = issue(&other, "reader");
    let with_own = |tls: Tls| tls.identity(own.0.clone(), own.1.clone());
    answers(&address, with_own(to_node())).await.unwrap();
    for (name, tls) in [
        ("without a certificate", to_node()),
        ("with a stranger's", to_node().identity(strange.0, strange.1)),
        ("to a stranger's server", with_own(to_node().authorities(other.pem()))),
        ("to a server of another name", with_own(to_node().server_name("elsewhere"))),
        ("with a key that is none", to_node().identity(own.0.clone(), "no key")),
    ] {
        assert!(answers(&address, tls).await.is_err(), "{name}: the server answered");
    }
    let plain = Client::connect(&address).await;
    assert!(match plain {
        Ok(client) => client.traces().get_node(GetNodeRequest {}).await.is_err(),
        Err(_) => true,
    });
}

#[tokio::test]
async fn certificates_come_from_files() {
    let signed = authority();
    let address = serve_encrypted(&signed).await;
    let folder = Folder::new();
    let (certificate, key) = issue(&signed, "reader");
    let path = |name: &str| folder.path().join(name);
    for (name, text) in [("ca.pem", signed.pem()), ("reader.pem", certificate), ("reader.key", key)] {
        std::fs::write(path(name), text).unwrap();
    }
    let tls = Tls::default().authorities_file(path("ca.pem")).unwrap().server_name("node");
    answers(&address, tls.clone().identity_files(path("reader.pem"), path("reader.key")).unwrap()).await.unwrap();
    assert!(matches!(tls.identity_files(path("nobody.pem"), path("reader.key")), Err(Error::Io(_, _))));
}
