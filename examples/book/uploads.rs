//! Chapter "Large messages".

use std::io;
use std::path::PathBuf;

use tokio::fs::{self, File};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio_util::io::StreamReader;
use ws_core::prelude::*;

// ANCHOR: store
/// Stores each binary message in a file, as it arrives.
#[websocket("/upload", max_message_size = "1GiB")]
struct Upload {
    folder: PathBuf,
    files: u32,
}

#[websocket]
impl Upload {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        let folder = std::env::temp_dir().join(format!("uploads-{}", upgrade.id()));
        Self { folder, files: 0 }
    }

    #[binary]
    async fn store(&mut self, mut body: MessageStream) -> io::Result<String> {
        self.files += 1;
        fs::create_dir_all(&self.folder).await?;
        let unfinished = Unfinished(self.folder.join("unfinished"));
        let mut file = File::create(&unfinished.0).await?;
        while let Some(part) = body.next().await {
            file.write_all(&part?).await?;
        }
        file.flush().await?;
        fs::rename(&unfinished.0, self.folder.join(format!("{}.bin", self.files))).await?;
        Ok(format!("{} bytes stored", body.received()))
    }

    #[text]
    fn delete(&mut self) -> io::Result<&'static str> {
        std::fs::remove_dir_all(&self.folder)?;
        Ok("deleted")
    }
}

/// A file that is removed if the upload ends early, whether the callback returns an error or is cancelled.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // There is none once it was renamed.
        let _ = std::fs::remove_file(&self.0);
    }
}
// ANCHOR_END: store

// ANCHOR: reader
/// Adds up the numbers in a text of any length, one in each line.
#[websocket("/sum", max_message_size = "1GiB")]
#[derive(Default)]
struct Sum;

#[websocket]
impl Sum {
    #[text]
    async fn sum(&mut self, body: MessageStream) -> io::Result<String> {
        let mut lines = StreamReader::new(body).lines();
        let mut sum = 0;
        while let Some(line) = lines.next_line().await? {
            match line.parse::<i64>() {
                Ok(number) => sum += number,
                // The server discards the rest of the message.
                Err(error) => return Ok(format!("`{line}`: {error}")),
            }
        }
        Ok(sum.to_string())
    }
}
// ANCHOR_END: reader
