"""What turns text into numbers: encoders, default weights, trained parts and their cards. Knows no records."""
