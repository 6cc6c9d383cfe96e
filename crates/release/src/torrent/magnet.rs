use {super::metainfo::Metainfo, crate::encode::percent};

impl Metainfo {
    /// A magnet link that joins both swarms (BEP 9, BEP 52: `btmh` is the
    /// multihash `1220` of SHA-256).
    pub fn magnet(&self) -> String {
        let v1 = self.infohash_v1.map(|hash| format!("xt=urn:btih:{hash}"));
        let v2 = self
            .infohash_v2
            .map(|hash| format!("xt=urn:btmh:1220{hash}"));
        let name = format!("dn={}", percent(&self.name));
        let trackers = self.around.trackers.iter();
        let trackers = trackers.map(|tracker| format!("tr={}", percent(tracker)));
        let seeds = self.around.web_seeds.iter();
        let seeds = seeds.map(|seed| format!("ws={}", percent(seed)));
        let parts: Vec<String> = v1
            .into_iter()
            .chain(v2)
            .chain([name])
            .chain(trackers)
            .chain(seeds)
            .collect();
        format!("magnet:?{}", parts.join("&"))
    }
}
