/** The clock of all rows, which is the database's (decision 36). Tests pass a clock that they move. */
export interface Clock {
  now(): Date;
}
