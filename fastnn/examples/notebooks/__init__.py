"""The notebooks. Each trains as soon as it is run, so nothing imports them."""
