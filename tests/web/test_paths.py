"""Protocol endpoints are answered before pages are looked for: none may stand where a page stands."""

from tests.provider import Provider


def test_no_protocol_endpoint_hides_a_page(provider: Provider):
    endpoints = provider.app.wsgi_app.endpoints
    pages = {rule.rule for rule in provider.app.url_map.iter_rules()}
    shared = {path for path in endpoints if path in pages}
    assert shared == {"/authorize"}  # whose pages it hands on to
    open_ended = [path for path in endpoints if path.endswith("/")]
    assert not [(page, path) for page in pages for path in open_ended if page.startswith(path)]
