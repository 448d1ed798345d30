"""The page of phones: read and type as the people would, and turn the court's clock."""
