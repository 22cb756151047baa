// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;

/**
 * How an adapter is made from a text, in this JVM or another: by the constructor of a class, or by
 * a static method, which may also return an executor, and may take the factory of its threads.
 */
public final class Recipe {

  private Recipe() {}

  /** Returns the recipe of a class, if it has a constructor without parameters. */
  static Optional<String> of(Class<?> adapter) {
    boolean alone =
        adapter.getEnclosingClass() == null || Modifier.isStatic(adapter.getModifiers());
    return alone
            && !adapter.isHidden()
            && Arrays.stream(adapter.getDeclaredConstructors())
                .anyMatch(constructor -> constructor.getParameterCount() == 0)
        ? Optional.of(adapter.getName())
        : Optional.empty();
  }

  /**
   * Makes the adapter that a recipe describes.
   *
   * @param recipe {@code class}, or {@code class#method}
   * @param loader finds the class
   * @return the adapter
   * @throws IllegalArgumentException if there is no such class or method, or it makes something
   *     else
   */
  public static RuntimeAdapter make(String recipe, ClassLoader loader) {
    int hash = recipe.indexOf('#');
    String className = hash < 0 ? recipe : recipe.substring(0, hash);
    try {
      Class<?> type = Class.forName(className, true, loader);
      return hash < 0 ? construct(type) : call(type, recipe.substring(hash + 1), recipe);
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException("there is no class " + className, e);
    }
  }

  private static RuntimeAdapter construct(Class<?> type) {
    try {
      Constructor<?> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      if (constructor.newInstance() instanceof RuntimeAdapter adapter) {
        return adapter;
      }
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "the constructor of " + type.getName() + " threw " + e.getCause(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          type.getName() + " has no constructor without parameters that could be called", e);
    }
    throw new IllegalArgumentException(
        type.getName() + " is no " + RuntimeAdapter.class.getSimpleName());
  }

  private static RuntimeAdapter call(Class<?> type, String name, String recipe) {
    Method method =
        Arrays.stream(type.getDeclaredMethods())
            .filter(candidate -> candidate.getName().equals(name) && suits(candidate))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    type.getName()
                        + " has no static method '"
                        + name
                        + "' that returns a RuntimeAdapter or an ExecutorService and takes nothing,"
                        + " or a ThreadFactory"));
    method.setAccessible(true);
    if (RuntimeAdapter.class.isAssignableFrom(method.getReturnType())) {
      return (RuntimeAdapter) invoke(method);
    }
    String listed = type.getSimpleName() + "." + name;
    return method.getParameterCount() == 0
        ? ExecutorAdapter.withItsOwnThreads(listed, () -> (ExecutorService) invoke(method))
            .madeBy(recipe)
        : ExecutorAdapter.withFactory(listed, factory -> (ExecutorService) invoke(method, factory))
            .madeBy(recipe);
  }

  private static boolean suits(Method method) {
    if (!Modifier.isStatic(method.getModifiers())) {
      return false;
    }
    Class<?>[] parameters = method.getParameterTypes();
    boolean executor = ExecutorService.class.isAssignableFrom(method.getReturnType());
    boolean adapter = RuntimeAdapter.class.isAssignableFrom(method.getReturnType());
    return parameters.length == 0
        ? executor || adapter
        : executor && parameters.length == 1 && parameters[0] == ThreadFactory.class;
  }

  private static Object invoke(Method method, Object... arguments) {
    try {
      Object made = method.invoke(null, arguments);
      if (made == null) {
        throw new IllegalArgumentException(method + " returned null");
      }
      return made;
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(method + " threw " + e.getCause(), e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalArgumentException(method + " cannot be called", e);
    }
  }
}
