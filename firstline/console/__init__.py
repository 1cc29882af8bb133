"""The console: the server-rendered interface of teammates.

``assets`` serves styles, scripts and icons; ``templating`` holds the Jinja environment; ``shell`` turns a template and its
typed view model into a page; ``menu`` is the menu as data; ``session`` says who is signed in; ``view`` holds the view
models; ``screens`` holds one router module a screen.
"""
