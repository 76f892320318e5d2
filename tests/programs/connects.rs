//! Connects to the URL in its argument and trusts the system's certificates.

use ws_core::CloseCode;
use ws_core::client::{self, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let url = std::env::args().nth(1).expect("a URL");
    let mut client = client::connect(&url).await?;
    println!("connected");
    client.close(CloseCode::NORMAL, "").await?;
    Ok(())
}
