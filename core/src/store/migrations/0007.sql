-- What a sensor measured of somebody of whom the patient has not said who it is. Numbers are not used twice: the journal names
-- by them what waited and was taken.
CREATE TABLE unassigned (number INTEGER PRIMARY KEY AUTOINCREMENT, sealed BLOB NOT NULL);
