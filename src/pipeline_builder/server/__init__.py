"""The composition root: settings, the web application, the worker, migrations, and the commands that start them."""
