// SPDX-License-Identifier: EUPL-1.2
//! Canonical forms as the standards show them, and as libxml2 writes them (`xmllint --c14n`, `--exc-c14n`).

use super::*;

fn whole(xml: &str, method: &Method) -> Result<String, Obstacle> {
    write(xml, &Extent::DocumentWithout(Vec::new()), method)
}

fn write(xml: &str, extent: &Extent, method: &Method) -> Result<String, Obstacle> {
    let mut out = Vec::new();
    canonical(xml, extent, method, &mut |piece| out.extend_from_slice(piece))?;
    Ok(String::from_utf8(out).unwrap())
}

fn exclusive() -> Method {
    Method { is_exclusive: true, ..Method::default() }
}

/// The element with this start, inside the first child of the root.
fn element(xml: &str, child: Range<usize>, start: &str, end: &str) -> Extent {
    let from = xml.find(start).unwrap();
    let to = xml[from..].find(end).unwrap() + from + end.len();
    Extent::Element { root: 0..xml.find('>').unwrap() + 1, child, element: from..to }
}

#[test]
fn what_stands_around_the_root_has_lines_of_its_own() {
    let xml = "<?xml version=\"1.0\"?>\r\n<?a  b ?>\n\n<!-- c\r\nd --><e/><?f?> <!--g-->\n";
    assert_eq!(whole(xml, &Method::default()).unwrap(), "<?a b ?>\n<e></e>\n<?f?>");
    let with_comments = Method { keeps_comments: true, ..Method::default() };
    assert_eq!(whole(xml, &with_comments).unwrap(), "<?a b ?>\n<!-- c\nd -->\n<e></e>\n<?f?>\n<!--g-->");
}

#[test]
fn declarations_and_attributes_are_sorted_and_not_repeated() {
    let xml = "<e5 a:attr='out' b:attr='sorted' attr2='all' attr='I' xmlns:b='http://b' xmlns:a='http://a' \
               xmlns='http://e'><e6 xmlns='' xmlns:a='http://a'><e7 xmlns='http://e' a:x='1'/></e6></e5>";
    assert_eq!(
        whole(xml, &Method::default()).unwrap(),
        "<e5 xmlns=\"http://e\" xmlns:a=\"http://a\" xmlns:b=\"http://b\" attr=\"I\" \
         attr2=\"all\" a:attr=\"out\" b:attr=\"sorted\"><e6 xmlns=\"\">\
         <e7 xmlns=\"http://e\" a:x=\"1\"></e7></e6></e5>"
    );
    assert_eq!(
        whole(xml, &exclusive()).unwrap(),
        "<e5 xmlns=\"http://e\" xmlns:a=\"http://a\" xmlns:b=\"http://b\" attr=\"I\" \
         attr2=\"all\" a:attr=\"out\" b:attr=\"sorted\"><e6 xmlns=\"\">\
         <e7 xmlns=\"http://e\" a:x=\"1\"></e7></e6></e5>"
    );
}

#[test]
fn the_exclusive_method_writes_only_what_is_used() {
    let xml = "<r xmlns='d' xmlns:a='A' xmlns:b='B'><c><a:x b:y='1'><z xmlns:a='A'/></a:x><a:x/></c></r>";
    assert_eq!(
        whole(xml, &exclusive()).unwrap(),
        "<r xmlns=\"d\"><c><a:x xmlns:a=\"A\" xmlns:b=\"B\" b:y=\"1\"><z></z></a:x>\
         <a:x xmlns:a=\"A\"></a:x></c></r>"
    );
    let listed = Method { listed: vec!["b".into(), String::new(), "unknown".into()], ..exclusive() };
    assert_eq!(
        whole(xml, &listed).unwrap(),
        "<r xmlns=\"d\" xmlns:b=\"B\"><c><a:x xmlns:a=\"A\" b:y=\"1\"><z></z></a:x>\
         <a:x xmlns:a=\"A\"></a:x></c></r>"
    );
}

#[test]
fn one_element_takes_along_what_is_in_force() {
    let xml =
        "<r xmlns:a='A' xml:lang='it'><c xmlns='d' xml:space='preserve'><x xml:lang='en'>t<y/></x> </c></r>";
    let child = xml.find("<c").unwrap()..xml.find("</r>").unwrap();
    let extent = element(xml, child, "<x", "</x>");
    assert_eq!(
        write(xml, &extent, &Method::default()).unwrap(),
        "<x xmlns=\"d\" xmlns:a=\"A\" xml:lang=\"en\" xml:space=\"preserve\">t<y></y></x>"
    );
    assert_eq!(write(xml, &extent, &exclusive()).unwrap(), "<x xmlns=\"d\" xml:lang=\"en\">t<y></y></x>");
    let version_1_1 = Method { is_1_1: true, ..Method::default() };
    assert_eq!(write(xml, &extent, &version_1_1), Err(Obstacle::TooComplex));
}

#[test]
fn elements_without_end_tag_are_left_out_and_taken_in_whole() {
    let xml = "<r><c><x/><y/><x/></c></r>";
    let place = xml.find("<y/>").unwrap()..xml.find("<y/>").unwrap() + 4;
    let without = Extent::DocumentWithout(vec![place.clone()]);
    assert_eq!(write(xml, &without, &Method::default()).unwrap(), "<r><c><x></x><x></x></c></r>");
    let extent = Extent::Element { root: 0..3, child: 3..xml.len() - 4, element: place };
    assert_eq!(write(xml, &extent, &Method::default()).unwrap(), "<y></y>");
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for bad in [
        "<a",
        "<a></b>",
        "<a/><b/>",
        "",
        "<p:a/>",
        "<a x='1' x='2'/>",
        "<a xmlns:p='u' xmlns:p='v'/>",
        "<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>",
        "<a xmlns:p=''/>",
        "<a>&x;</a>",
        "<a>\u{1}</a>",
        "<!DOCTYPE a><a/>",
        "<?xml version='1.1'?><a/>",
        "<a b=c/>",
    ] {
        assert_eq!(whole(bad, &Method::default()), Err(Obstacle::Malformed), "{bad}");
    }
}

#[test]
fn repeated_declarations_do_not_make_it_grow_without_bound() {
    let xml = format!("<r xmlns:a='{}'>{}</r>", "u".repeat(50_000), "<a:x/>".repeat(50_000));
    assert_eq!(whole(&xml, &exclusive()), Err(Obstacle::TooComplex));
}

#[test]
fn blanks_between_tags_are_dropped_where_asked_for() {
    let xml = "<r>\n <a> </a>\n <b>x <c/> y</b>\r\n\t<d>&#32;</d> &amp; <![CDATA[ ]]></r>\n";
    let method = Method { drops_blanks: true, ..Method::default() };
    assert_eq!(whole(xml, &method).unwrap(), "<r><a></a><b>x <c></c> y</b><d> </d> &amp;  </r>");
}
