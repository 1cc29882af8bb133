"""What every feature stands on and that knows nothing of customer support: database, events, jobs, clock, ids, errors."""
