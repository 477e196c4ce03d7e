//! Routes, either to be served or to be told of. Telling collects the schemas of every operation, hundreds of
//! megabytes on the way: the threads that serve register the same routes and collect nothing.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa::openapi::path::Paths;
use utoipa::openapi::{Components, OpenApi, OpenApiBuilder};
use utoipa_actix_web::OpenApiFactory;

/// Where an area registers its routes.
pub enum ServiceConfig<'a> {
    /// To be served.
    Served(&'a mut web::ServiceConfig),
    /// To be told of in the API's document.
    Told(&'a mut Told),
}

impl ServiceConfig<'_> {
    /// Registers a route.
    pub fn service<F>(&mut self, route: F) -> &mut Self
    where
        F: HttpServiceFactory + OpenApiFactory + 'static,
    {
        match self {
            Self::Served(config) => {
                config.service(route);
            }
            Self::Told(told) => told.of(&route),
        }
        self
    }

    /// Registers the routes of an area.
    pub fn configure(&mut self, area: impl FnOnce(&mut ServiceConfig<'_>)) -> &mut Self {
        area(self);
        self
    }
}

/// What is told of routes.
#[derive(Default)]
pub struct Told {
    paths: Paths,
    components: Components,
}

impl Told {
    fn of(&mut self, route: &impl OpenApiFactory) {
        self.paths.merge(route.paths());
        let mut schemas = Vec::new();
        route.schemas(&mut schemas);
        self.components.schemas.extend(schemas);
    }

    /// The document of these routes, which are found under a prefix.
    pub fn under(mut self, prefix: &str) -> OpenApi {
        let paths = std::mem::take(&mut self.paths.paths);
        self.paths.paths = paths
            .into_iter()
            .map(|(path, item)| (format!("{prefix}{path}"), item))
            .collect();
        OpenApiBuilder::new()
            .paths(self.paths)
            .components(Some(self.components))
            .build()
    }
}
