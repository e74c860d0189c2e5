-- What a sensor measured of somebody of whom the patient has not said who it is.
CREATE TABLE unassigned (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
