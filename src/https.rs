//! Requests from here to other programs over HTTPS. In: whom to trust. Out: an agent; of what went wrong, a sentence in each language
//! with its remedy. Thread: any, which it may block. Allocates: per agent and fault.

use std::error::Error as _;
use std::io;

use rustls::CertificateError;
use thiserror::Error;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::AgentScope;

use crate::said::Bilingual;

/// Why certificates cannot be trusted: they are none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CaFault {
    #[error("it is no PEM ({0}): it has to hold lines that begin with -----BEGIN CERTIFICATE-----")]
    NoPem(String),
    #[error(
        "no certificate is in it: give the one of the authority, which begins with -----BEGIN CERTIFICATE-----"
    )]
    Empty,
    #[error("certificate {number} of it cannot be used ({detail}): export it from the authority again")]
    Unusable { number: usize, detail: String },
}

/// Certificates of authorities, the only ones that are trusted.
#[derive(Clone, Debug)]
pub struct Authorities(Vec<Certificate<'static>>);

impl Authorities {
    /// # Errors
    /// [`CaFault`], when `pem` holds none, or one that is damaged.
    pub fn of_pem(pem: &str) -> Result<Self, CaFault> {
        let mut certificates = Vec::new();
        for item in parse_pem(pem.as_bytes()) {
            if let PemItem::Certificate(one) = item.map_err(|fault| CaFault::NoPem(fault.to_string()))? {
                certificates.push(one);
            }
        }
        if certificates.is_empty() {
            return Err(CaFault::Empty);
        }
        let mut roots = rustls::RootCertStore::empty();
        for (index, one) in certificates.iter().enumerate() {
            let unusable =
                |fault: rustls::Error| CaFault::Unusable { number: index + 1, detail: fault.to_string() };
            roots.add(one.der().to_vec().into()).map_err(unusable)?;
        }
        Ok(Self(certificates))
    }
}

/// Has an agent trust these alone, or, without any, the public authorities that the program knows.
#[must_use]
pub fn trusting(config: ConfigBuilder<AgentScope>, ca: Option<&Authorities>) -> ConfigBuilder<AgentScope> {
    match ca {
        None => config,
        Some(Authorities(certificates)) => config
            .tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(certificates)).build()),
    }
}

/// Why there is no answer, and what to do. Never holds the address, which may be a secret.
pub fn fault(fault: &ureq::Error) -> Bilingual {
    use ureq::Error;
    if let Some(tls) = of_tls(fault) {
        return tls_fault(tls);
    }
    match fault {
        Error::Timeout(_) => Bilingual::new(
            "it did not answer in time: see whether it runs and is reached from this machine",
            "对方未在时限内应答：请检查对方是否运行、本机能否连到",
        ),
        Error::HostNotFound => Bilingual::new(
            "its name leads to no address: check the spelling, and the name server of this machine",
            "主机名无法解析：请检查拼写和本机的域名服务器",
        ),
        Error::Io(io) if io.kind() == io::ErrorKind::ConnectionRefused => Bilingual::new(
            "nothing listens there: see whether it runs, and check the port",
            "对方端口无服务：请检查对方是否运行以及端口",
        ),
        Error::Io(io) if is_cut(io.kind()) => Bilingual::new(
            "the connection was cut: see its log, and whether the address begins with https:// where it should",
            "连接被中断：请查看对方日志，并核对地址是否应为 https://",
        ),
        other => Bilingual::new(
            format!("there is no answer ({}): check the address", kind_of(other)),
            format!("没有应答（{}）：请检查地址", kind_of(other)),
        ),
    }
}

fn is_cut(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

fn kind_of(fault: &ureq::Error) -> String {
    match fault {
        ureq::Error::Io(io) => io.kind().to_string(),
        ureq::Error::Protocol(_) => "it speaks no HTTP".to_owned(),
        ureq::Error::BadUri(_) => "no address".to_owned(),
        other => other.to_string(),
    }
}

fn of_tls(fault: &ureq::Error) -> Option<&rustls::Error> {
    match fault {
        ureq::Error::Rustls(tls) => Some(tls),
        ureq::Error::Io(io) => io.get_ref()?.downcast_ref(),
        other => other.source()?.downcast_ref(),
    }
}

fn tls_fault(fault: &rustls::Error) -> Bilingual {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        UnknownIssuer,
    };
    match fault {
        rustls::Error::InvalidCertificate(UnknownIssuer) => Bilingual::new(
            "its certificate comes from an authority that is not trusted: give that authority's certificate (PEM)",
            "对方证书的签发机构不受信任：请提供该机构的证书（PEM）",
        ),
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => Bilingual::new(
            "its certificate is for another name: use the name that stands in it, or have it made for this one",
            "对方证书不是签发给该主机名的：请使用证书中的名称，或重新签发",
        ),
        rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => Bilingual::new(
            "its certificate has expired: have it renewed there, and check this machine's clock",
            "对方证书已过期：请在对方更新证书，并检查本机时钟",
        ),
        rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. }) => Bilingual::new(
            "its certificate is not valid yet: check the clocks of both machines",
            "对方证书尚未生效：请检查两台机器的时钟",
        ),
        rustls::Error::InvalidCertificate(other) => Bilingual::new(
            format!("its certificate is refused ({other:?}): have it made anew there"),
            format!("对方证书无效（{other:?}）：请在对方重新签发"),
        ),
        rustls::Error::InvalidMessage(_) => Bilingual::new(
            "it does not speak TLS: check the port, and whether its address begins with http://",
            "对方端口不是 TLS：请检查端口，或地址是否应为 http://",
        ),
        other => Bilingual::new(
            format!("there is no TLS with it ({other}): it has to offer TLS 1.2 or 1.3"),
            format!("TLS 握手失败（{other}）：对方须支持 TLS 1.2 或 1.3"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_certificates_and_nothing_else() {
        let cert = include_str!("../tests/tls/cert.pem");
        assert!(Authorities::of_pem(cert).is_ok());
        assert!(Authorities::of_pem(&format!("{cert}{cert}")).is_ok_and(|both| both.0.len() == 2));
        let key = include_str!("../tests/tls/key.pem");
        let torn = cert.replacen("MII", "AAAA", 1);
        for (pem, wanted) in
            [("", "no certificate"), ("none of these", "no certificate"), (key, "no certificate")]
        {
            let fault = Authorities::of_pem(pem).expect_err("no authority").to_string();
            assert!(fault.contains(wanted), "{fault}");
        }
        assert!(Authorities::of_pem(&torn).is_err());
    }

    #[test]
    fn each_fault_has_a_sentence_with_a_remedy_in_both_languages_and_never_the_address() {
        let tls = |fault| ureq::Error::Rustls(rustls::Error::InvalidCertificate(fault));
        let of_io = |kind| ureq::Error::Io(io::Error::from(kind));
        let wrapped = io::Error::new(
            io::ErrorKind::InvalidData,
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer),
        );
        for (found, wanted) in [
            (tls(CertificateError::UnknownIssuer), "authority"),
            (ureq::Error::Io(wrapped), "authority"),
            (tls(CertificateError::NotValidForName), "another name"),
            (tls(CertificateError::Expired), "expired"),
            (tls(CertificateError::NotValidYet), "not valid yet"),
            (tls(CertificateError::Revoked), "refused"),
            (of_io(io::ErrorKind::ConnectionRefused), "nothing listens"),
            (of_io(io::ErrorKind::ConnectionReset), "cut"),
            (ureq::Error::HostNotFound, "no address"),
            (ureq::Error::BadUri("https://secret".to_owned()), "no address"),
        ] {
            let said = fault(&found);
            assert!(said.en.contains(wanted) && said.en.contains(": "), "{said:?}");
            assert!(said.zh.contains('：') && !said.zh.is_ascii(), "{said:?}");
            assert!(!said.en.contains("secret") && !said.zh.contains("secret"), "{said:?}");
        }
    }
}
