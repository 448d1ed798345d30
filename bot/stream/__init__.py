"""How work travels: the tasks, the broker inside one process, the stream between many."""
