//! The end of a driver, however it ends.

use super::driver::Driver;

impl Drop for Driver {
    fn drop(&mut self) {
        let connection = &self.arrivals.connection;
        self.deadlines.cancel_alarm(connection);
        connection.mailbox.unregister();
    }
}
